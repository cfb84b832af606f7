#include "tse/report/comparison_html.h"

#include <fmt/format.h>

#include <cmath>

#include "embedded.h"
#include "template.h"
#include "tse/base/write.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"
#include "tse/version.h"

namespace tse {
namespace {

/// Estimators by budgets; the best of each budget bold.
std::string table_html(const Comparison& comparison) {
  std::string html = "<thead><tr><th scope=\"col\">Estimator</th>";
  for (const int budget : comparison.budgets) {
    html += fmt::format("<th scope=\"col\">{}</th>", budget);
  }
  html += "</tr></thead>\n<tbody>";
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    html += fmt::format("<tr><td>{}</td>", escape_html(comparison.estimators[e]));
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
      const double value = comparison.row(b, e).spearman;
      const bool best =
          value == comparison.row(b, comparison.best[b]).spearman && !is_reference_line(comparison.estimators[e]);
      const std::string text = std::isnan(value) ? "&ndash;" : fixed_text(value, 3);
      html += best ? fmt::format("<td><strong>{}</strong></td>", text) : fmt::format("<td>{}</td>", text);
    }
    html += "</tr>\n";
  }
  return html + "</tbody>";
}

std::string notes_html(const Comparison& comparison) {
  std::string html;
  if (comparison.effective) {
    html += fmt::format("<p class=\"note\">The dashed line is the effective budget, {} epochs.</p>\n",
                        comparison.effective->effective);
  }
  for (const std::string& note : comparison.notes)
    html += fmt::format("<p class=\"note\">{}.</p>\n", escape_html(note));
  return html;
}

}  // namespace

std::string to_html(const std::vector<Comparison>& comparisons) {
  std::string studies;
  Json data = Json::array();
  for (const Comparison& comparison : comparisons) {
    studies += fill(kEmbeddedComparisonStudy, {{"index", fmt::format("{}", data.size())},
                                               {"study", escape_html(comparison.study)},
                                               {"sentence", escape_html(comparison_sentence(comparison))},
                                               {"table", table_html(comparison)},
                                               {"notes", notes_html(comparison)}});
    data.push_back(to_json(comparison));
  }
  const std::string heading = "Estimators compared";
  const std::string title = comparisons.size() == 1 ? heading + ": " + comparisons.front().study : heading;
  return fill(kEmbeddedComparison, {{"style_hash", policy_hash(kEmbeddedStyle)},
                                    {"chart_hash", policy_hash(kEmbeddedChart)},
                                    {"script_hash", policy_hash(kEmbeddedComparisonScript)},
                                    {"title", escape_html(title)},
                                    {"style", std::string(kEmbeddedStyle)},
                                    {"heading", heading},
                                    {"studies", studies},
                                    {"version", kVersion},
                                    {"data", script_json({{"studies", std::move(data)}})},
                                    {"chart", std::string(kEmbeddedChart)},
                                    {"script", std::string(kEmbeddedComparisonScript)}});
}

void write_html(const std::vector<Comparison>& comparisons, const std::filesystem::path& file) {
  write_file(file, to_html(comparisons));
}

}  // namespace tse
