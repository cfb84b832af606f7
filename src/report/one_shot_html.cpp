#include "tse/report/one_shot_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "embedded.h"
#include "html_pieces.h"
#include "mean_text.h"
#include "one_shot_values.h"
#include "template.h"
#include "tse/report/drawing.h"
#include "tse/report/escape.h"
#include "tse/report/page_file.h"
#include "tse/report/units.h"

namespace tse {
namespace {

std::string one_shot_facts(const OneShotView& view) {
  return fact_html("Study", view.study) + fact_html("Search space", view.space) + fact_html("Data", view.data) +
         fact_html("Split", view.split) +
         fact_html("Super-networks", fmt::format("{} of {}", view.trained, view.supernets)) +
         fact_html("Each trained for", plural(view.epochs, "epoch")) + fact_html("Recipe", view.recipe) +
         fact_html("Paths by", view.sampler) + fact_html("Seed", fmt::format("{}", view.seed)) +
         fact_html("Candidates", fmt::format("{}", view.candidates.size())) +
         fact_html("Their recipe", view.candidate_recipe) +
         (view.outcome ? fact_html("Outcome", fmt::format("{}, {}{}", view.outcome->name, view.outcome->run,
                                                          view.outcome->lower_is_better ? ", lower is better" : ""))
                       : "");
}

std::string best_html(const OneShotView& view) {
  if (view.scored == 0) return R"(<p class="note">No candidate is scored.</p>)";
  const OneShotCandidate& best = view.candidates.front();
  const std::string facts = fact_html("Parameters", count_text(best.params)) +
                            fact_html(view.estimators.front(), number_text(best.score)) +
                            (best.outcome ? fact_html(view.outcome->name, number_text(*best.outcome)) : "");
  return fmt::format(R"(<div class="cells"><article class="card"><h3>Candidate</h3>{}<p class="arch">{}</p>)"
                     R"(<dl class="facts">{}</dl></article></div><p class="note">To train it from scratch:</p>)"
                     R"(<pre class="command"><code>{}</code></pre>)",
                     view.drawing ? to_svg(*view.drawing, "Cell of " + best.arch.text) : "", arch_html(best.arch.text),
                     facts, escape_html(train_command(view)));
}

std::string agreement_rows(const OneShotView& view) {
  std::string html = R"(<thead><tr><th scope="col">Score</th>)";
  for (const int batches : view.batches)
    html += fmt::format(R"(<th scope="col">B = {0}</th><th scope="col">best ten</th>)", batches);
  html += "</tr></thead><tbody>";
  const int decimals = outcome_decimals(view);
  const auto cells = [&](const OneShotAgreement& each) {
    return fmt::format("<td>{} <small>{}</small></td><td>{}</td>", mean_text(each.spearman, 2),
                       widest_interval(each.intervals), mean_text(each.top, decimals));
  };
  for (const std::string& name : score_names(view)) {
    html += fmt::format(R"(<tr><th scope="row">{}</th>)", escape_html(name));
    for (const OneShotAgreement& each : view.agreements) {
      if (each.score == name) html += cells(each);
    }
    html += "</tr>";
  }
  for (const OneShotAgreement& each : view.references) {
    html += fmt::format(R"(<tr><th scope="row">{}</th>)", escape_html(each.score));
    for (std::size_t i = 0; i < view.batches.size(); ++i) html += cells(each);
    html += "</tr>";
  }
  return html + "</tbody>";
}

std::string agreement_html(const OneShotView& view) {
  if (view.agreements.empty()) return "";
  const int decimals = outcome_decimals(view);
  return fill(
      kEmbeddedOneShotAgreement,
      {{"outcome", escape_html(view.outcome->name)},
       {"table", agreement_rows(view)},
       {"note", escape_html(fmt::format(
                    "Mean (sample standard deviation) over super-networks, the 95 % interval over candidates of "
                    "all of them together, and the mean {} of the best ten. The ten best there are have {}, all "
                    "candidates {}.",
                    view.outcome->name, fixed_text(view.oracle, decimals), fixed_text(view.all, decimals)))}});
}

std::string scatter_html(const OneShotView& view) {
  if (!view.outcome || view.scored == 0) return "";
  return fmt::format(R"(<div class="bar script-only"><label>score of <select id="scatter-by"></select></label></div>)"
                     R"(<div class="plot script-only"><canvas id="scatter-chart" role="img" aria-label="{} of every )"
                     R"(candidate against its score; the table holds the same as numbers"></canvas></div>)",
                     escape_html(view.outcome->name));
}

std::string candidates_html(const OneShotView& view) {
  std::string html = "<thead><tr>" + head_html("#", "", "ascending", "ascending") +
                     head_html("Architecture", "text", "ascending") + head_html("Parameters", "", "ascending") +
                     head_html(view.estimators.front(), "", "descending");
  if (view.outcome)
    html += head_html(view.outcome->name, "", view.outcome->lower_is_better ? "ascending" : "descending");
  html += "</tr></thead><tbody>";
  for (std::size_t i = 0; i < view.candidates.size(); ++i) {
    const OneShotCandidate& each = view.candidates[i];
    html += "<tr>" + number_cell_html(static_cast<double>(i + 1), fmt::format("{}", i + 1));
    html += fmt::format(R"(<td class="arch text" data-value="{}">{}</td>)", escape_html(each.arch.text),
                        arch_html(each.arch.text));
    html += number_cell_html(static_cast<double>(each.params), count_text(each.params));
    html += number_cell_html(each.score, number_text(each.score));
    if (view.outcome)
      html += number_cell_html(each.outcome.value_or(std::nan("")), each.outcome ? number_text(*each.outcome) : "-");
    html += "</tr>\n";
  }
  return html + "</tbody>";
}

}  // namespace

std::string to_html(const OneShotView& view) {
  const std::string body = fill(
      kEmbeddedOneShot,
      {{"lead", escape_html(one_shot_sentences(view))},
       {"facts", one_shot_facts(view)},
       {"best_heading", escape_html(fmt::format("Best by {}", view.estimators.front()))},
       {"best", best_html(view)},
       {"agreement", agreement_html(view)},
       {"scatter", scatter_html(view)},
       {"score", escape_html(fmt::format("{} after {}", view.estimators.front(), mini_batches(view.batches.back())))},
       {"candidates", candidates_html(view)},
       {"manifest", manifest_html(view.manifest)}});
  return page_html("A one-shot search" + (view.study.empty() ? "" : ": " + view.study), body, kEmbeddedOneShotScript,
                   to_json(view));
}

void write_html(const OneShotView& view, const std::filesystem::path& file) { write_page(file, to_html(view)); }

}  // namespace tse
