#include "tse/report/differentiate_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "differentiate_values.h"
#include "embedded.h"
#include "html_pieces.h"
#include "mean_text.h"
#include "template.h"
#include "tse/report/drawing.h"
#include "tse/report/escape.h"
#include "tse/report/page_file.h"
#include "tse/report/units.h"

namespace tse {
namespace {

std::string differentiate_facts(const DifferentiateView& view) {
  return fact_html("Study", view.study) + fact_html("Search space", view.space) + fact_html("Data", view.data) +
         fact_html("Split", view.split) + fact_html("Methods", fmt::format("{}", view.methods.size())) +
         fact_html("Seeds of each", fmt::format("{}", view.seeds)) +
         fact_html("Each searches for", plural(view.epochs, "epoch")) +
         fact_html("Places", fmt::format("{}", view.places.size())) + fact_html("Seed", fmt::format("{}", view.seed)) +
         (view.outcome ? fact_html("Outcome", fmt::format("{}, {}{}", view.outcome->name, view.outcome->run,
                                                          view.outcome->lower_is_better ? ", lower is better" : ""))
                       : "");
}

bool has_found(const DifferentiateView& view) {
  return std::ranges::any_of(view.methods, [](const auto& method) { return first_found(method) != nullptr; });
}

/// A mean, with its deviation below it where there is little room.
std::string mean_html(const std::vector<double>& values, int decimals) {
  const std::string text = mean_text(values, decimals);
  const std::size_t blank = text.find(' ');
  return blank == std::string::npos
             ? "<td>" + text + "</td>"
             : fmt::format("<td>{} <small>{}</small></td>", text.substr(0, blank), text.substr(blank + 1));
}

std::string methods_html(const DifferentiateView& view) {
  std::string html = R"(<thead><tr><th scope="col" class="text">Method</th>)";
  if (view.outcome) html += fmt::format(R"(<th scope="col">{}</th>)", breakable_html(view.outcome->name, "_:"));
  html += R"(<th scope="col">Skips</th><th scope="col">Entropy</th></tr></thead><tbody>)";
  for (const DifferentiateMethod& method : view.methods) {
    const MethodResult result = result_of(method);
    html += fmt::format(R"(<tr><td class="text">{} <small>{} of {}</small></td>)", breakable_html(method.name, ":,"),
                        result.finished, plural(view.seeds, "seed"));
    if (view.outcome) html += mean_html(result.outcomes, outcome_decimals(view));
    html += mean_html(result.skips, 1) + mean_html(result.entropies, 2) + "</tr>";
  }
  return html + "</tbody>";
}

/// What the first search of the method that has anything found, whatever its outcome.
std::string method_card(const DifferentiateView& view, const DifferentiateMethod& method) {
  std::string html = fmt::format(R"(<article class="card"><h3>{}</h3>)", breakable_html(method.name, ":,"));
  const DifferentiateRun* run = first_found(method);
  if (run == nullptr) return html + R"(<p class="note">Nothing is found yet.</p></article>)";
  const FoundNow now = last_found(*run);
  if (run->drawing) html += to_svg(*run->drawing, "Cell of " + now.found->arch);
  html += fmt::format(R"(<p class="arch">{}</p><dl class="facts">)", arch_html(now.found->arch));
  html += fact_html("Seed", fmt::format("{}", run->seed)) +
          fact_html("After epoch", fmt::format("{} of {}", now.found->epoch, view.epochs));
  if (view.outcome) html += fact_html(view.outcome->name, number_text(now.outcome));
  html += fact_html("Skip connections", fixed_text(now.skips, 0)) + fact_html("Entropy", fixed_text(now.entropy, 3)) +
          fact_html("Recipe", method.recipe);
  return html + fmt::format(R"(</dl><p class="note">To train it from scratch:</p>)"
                            R"(<pre class="command"><code>{}</code></pre></article>)",
                            escape_html(train_command(view, *now.found)));
}

std::string method_cards(const DifferentiateView& view) {
  std::string html;
  for (const DifferentiateMethod& method : view.methods) html += method_card(view, method);
  return html;
}

std::string epochs_html(const DifferentiateView& view) {
  if (!has_found(view)) return "";
  const std::string outcome =
      view.outcome
          ? fmt::format(
                R"(<div class="plot script-only"><canvas id="outcome-chart" role="img" aria-label="{} of what )"
                R"(each method would choose, by epoch; the table of searches holds the last ones"></canvas></div>)",
                escape_html(view.outcome->name))
          : "";
  return fill(
      kEmbeddedDifferentiateEpochs,
      {{"outcome", outcome},
       {"note", view.outcome ? "Dashed lines are those of the table: the mean of all architectures, the largest "
                               "network, the best there is. "
                             : ""}});
}

std::string runs_html(const DifferentiateView& view) {
  std::string html = "<thead><tr>" + head_html("#", "", "ascending", "ascending") +
                     head_html("Method", "text", "ascending") + head_html("Seed", "", "ascending") +
                     head_html("Status", "text", "ascending") + head_html("Epoch", "", "descending") +
                     head_html("Architecture", "text arch-head", "ascending");
  if (view.outcome)
    html += head_html(view.outcome->name, "", view.outcome->lower_is_better ? "ascending" : "descending");
  html += head_html("Skips", "", "ascending") + head_html("Entropy", "", "ascending") + "</tr></thead><tbody>";
  for (std::size_t m = 0; m < view.methods.size(); ++m) {
    const DifferentiateMethod& method = view.methods[m];
    for (std::size_t r = 0; r < method.runs.size(); ++r) {
      const DifferentiateRun& run = method.runs[r];
      const FoundNow now = last_found(run);
      const std::string status(to_text(run.status));
      const std::string arch = now.found ? now.found->arch : "";
      html += fmt::format(R"(<tr class="{}" data-method="{}" data-run="{}">)", status, m, r);
      html += number_cell_html(run.number, fmt::format("{}", run.number));
      html += fmt::format(R"(<td class="text" data-value="{}">{}</td>)", escape_html(method.name),
                          breakable_html(method.name, ":,"));
      html += number_cell_html(run.seed, fmt::format("{}", run.seed));
      html += fmt::format(R"(<td class="text status" data-value="{0}">{0}</td>)", status);
      html += number_cell_html(now.found ? now.found->epoch : kMissing,
                               now.found ? fmt::format("{}", now.found->epoch) : "-");
      html += fmt::format(R"(<td class="arch text" data-value="{}">{}</td>)", escape_html(arch),
                          now.found ? arch_html(arch) : "-");
      if (view.outcome) html += number_cell_html(now.outcome, number_text(now.outcome));
      html += number_cell_html(now.skips, fixed_text(now.skips, 0));
      html += number_cell_html(now.entropy, fixed_text(now.entropy, 3)) + "</tr>\n";
    }
  }
  return html + "</tbody>";
}

/// Why those that did not go well ended.
std::string reasons_html(const DifferentiateView& view) {
  std::string html;
  for (const DifferentiateMethod& method : view.methods) {
    for (const DifferentiateRun& run : method.runs) {
      if (run.reason.empty()) continue;
      html += fmt::format(R"(<p class="note">{}, seed {}: {}, {}</p>)", breakable_html(method.name, ":,"), run.seed,
                          to_text(run.status), escape_html(run.reason));
    }
  }
  return html;
}

}  // namespace

std::string to_html(const DifferentiateView& view) {
  const std::string body =
      fill(kEmbeddedDifferentiate,
           {{"lead", breakable_html(differentiate_sentences(view), ":,/")},
            {"facts", differentiate_facts(view)},
            {"methods", methods_html(view)},
            {"references", escape_html(references_sentence(view))},
            {"cards", method_cards(view)},
            {"epochs", epochs_html(view)},
            {"shares", has_found(view) && !view.places.empty() ? std::string(kEmbeddedDifferentiateShares) : ""},
            {"runs", runs_html(view)},
            {"reasons", reasons_html(view)},
            {"manifest", manifest_html(view.manifest)}});
  return page_html("A differentiable search" + (view.study.empty() ? "" : ": " + view.study), body,
                   kEmbeddedDifferentiateScript, to_json(view));
}

void write_html(const DifferentiateView& view, const std::filesystem::path& file) { write_page(file, to_html(view)); }

}  // namespace tse
