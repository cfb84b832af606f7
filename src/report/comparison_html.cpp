#include "tse/report/comparison_html.h"

#include <fmt/format.h>

#include <cmath>

#include "embedded.h"
#include "html_pieces.h"
#include "template.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"
#include "tse/report/escape.h"
#include "tse/report/page_file.h"
#include "tse/report/units.h"

namespace tse {
namespace {

/// Estimators by budgets, with a last row of how many trainings where that varies; the best of each budget bold.
/// `value(budget, estimator)`, both by place.
template <class Value>
std::string table_html(const Comparison& comparison, const Value& value) {
  std::string html = "<thead><tr><th scope=\"col\">after T epochs<small>share of the schedule</small></th>";
  std::vector<double> best(comparison.budgets.size(), -2);
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    const std::string share =
        comparison.end > 0
            ? fmt::format("<small>{:.2g}</small>", static_cast<double>(comparison.budgets[b]) / comparison.end)
            : "";
    html += fmt::format("<th scope=\"col\">{}{}</th>", comparison.budgets[b], share);
    for (std::size_t e = 0; e < comparison.estimators.size(); ++e)
      if (comparison.row(b, e).can_lead) best[b] = std::fmax(best[b], value(b, e));
  }
  html += "</tr></thead>\n<tbody>";
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    html += fmt::format("<tr><td><span class=\"name\">{}</span></td>", escape_html(comparison.estimators[e]));
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
      const std::string text = std::isnan(value(b, e)) ? "&ndash;" : fixed_text(value(b, e), 3);
      const bool bold = value(b, e) == best[b] && comparison.row(b, e).can_lead;
      html += bold ? fmt::format("<td><strong>{}</strong></td>", text) : fmt::format("<td>{}</td>", text);
    }
    html += "</tr>\n";
  }
  if (has_varying_trainings(comparison)) {
    html += "<tr><td>trainings</td>";
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b)
      html += fmt::format("<td>{}</td>", most_measured(comparison, b));
    html += "</tr>\n";
  }
  return html + "</tbody>";
}

std::string notes_html(const Comparison& comparison) {
  std::string html;
  if (comparison.effective) {
    html += fmt::format("<p class=\"note\">The dashed line is the effective budget, {} epochs{}.</p>\n",
                        comparison.effective->effective, comparison.effective->known() ? "" : " or more");
  }
  if (comparison.bootstrap.resamples > 0) {
    html +=
        "<p class=\"note\">Bands are 95&nbsp;% bootstrap intervals over architectures; among many curves only that of "
        "the one pointed at is drawn. That two of them overlap says little; what a curve says has the interval of its "
        "difference.</p>\n";
  }
  for (const std::string& note : comparison.notes)
    html += fmt::format("<p class=\"note\">{}.</p>\n", escape_html(note));
  return html;
}

std::string study_html(const Comparison& comparison, const std::string& index) {
  const std::string table =
      table_html(comparison, [&](std::size_t b, std::size_t e) { return comparison.row(b, e).spearman; });
  return fill(kEmbeddedComparisonStudy, {{"index", index},
                                         {"study", escape_html(comparison.study)},
                                         {"sentence", escape_html(comparison_sentence(comparison))},
                                         {"table", table},
                                         {"notes", notes_html(comparison)}});
}

std::string groups_html(const Comparison& comparison, const std::string& index) {
  const std::string table = table_html(comparison, [&](std::size_t b, std::size_t e) {
    return comparison.group_rows.at(b * comparison.estimators.size() + e).spearman;
  });
  return fill(kEmbeddedComparisonGroups, {{"index", index},
                                          {"study", escape_html(comparison.study)},
                                          {"group", escape_html(comparison.group)},
                                          {"table", table}});
}

}  // namespace

std::string to_html(const std::vector<Comparison>& comparisons) {
  std::string studies;
  Json data = Json::array();
  for (const Comparison& comparison : comparisons) {
    const std::string index = fmt::format("{}", data.size());
    studies += study_html(comparison, index);
    if (!comparison.group.empty()) studies += groups_html(comparison, index);
    data.push_back(to_json(comparison));
  }
  const std::string heading = "Estimators compared";
  const std::string title = comparisons.size() == 1 ? heading + ": " + comparisons.front().study : heading;
  const std::string body = fill(kEmbeddedComparison, {{"heading", heading}, {"studies", studies}});
  return page_html(title, body, kEmbeddedComparisonScript, {{"studies", std::move(data)}});
}

void write_html(const std::vector<Comparison>& comparisons, const std::filesystem::path& file) {
  write_page(file, to_html(comparisons));
}

}  // namespace tse
