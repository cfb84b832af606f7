#include "tse/report/imported.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end()) return "";
  return clean_text(found->is_string() ? found->get<std::string>()
                                       : found->dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Where a metric or the outcome comes from: its file and split, as far as the source says.
std::string origin(const Json& source) {
  const std::string file = text_of(source, "file");
  const std::string split = text_of(source, "split");
  return split.empty() ? file : file + (file.empty() ? "" : ", ") + "split " + split;
}

Json entry(const Json& source, const char* group, const std::string& name) {
  const auto all = source.is_object() ? source.find(group) : source.end();
  if (!source.is_object() || all == source.end() || !all->is_object()) return Json::object();
  const auto found = all->find(name);
  return found == all->end() ? Json::object() : *found;
}

/// Columns beside the outcome that are no numbers, and why; both as the source says them.
std::vector<std::pair<std::string, std::string>> left_out(const Json& source) {
  std::vector<std::pair<std::string, std::string>> all;
  const Json names = entry(source, "outcome", "not_numbers");
  const Json reasons = entry(source, "outcome", "not_numbers_because");
  for (std::size_t i = 0; names.is_array() && i < names.size(); ++i) {
    const bool known = reasons.is_array() && i < reasons.size() && reasons[i].is_string();
    if (names[i].is_string()) all.emplace_back(names[i], known ? reasons[i].get<std::string>() : "not all are numbers");
  }
  return all;
}

std::string outcome_text(const CurveContents& contents) {
  if (contents.outcome.empty()) return "No outcome to rank against.\n";
  return fmt::format("Outcome: {}, {} is better, {} of {} rows.\n", clean_text(contents.outcome),
                     contents.outcome_lower ? "lower" : "higher", contents.columns.at(contents.outcome), contents.rows);
}

}  // namespace

std::string imported_text(const std::string& study, const CurveContents& contents) {
  std::string text =
      fmt::format("Study {}\n{}, {}\n", clean_text(study),
                  plural(static_cast<std::int64_t>(contents.rows), "imported row"), plural(contents.epochs, "epoch"));
  constexpr std::pair<const char*, const char*> kFacts[] = {
      {"space", "space"},
      {"dataset", "dataset"},
      {"hp", "hp"},
      {"run", "run"},
      {"cells", "cells"},
      {"without_run", "cells without that run"},
      {"outside_space", "architectures outside the space"},
      {"repeated", "trainings of an architecture that came before"}};
  for (const auto& [key, title] : kFacts) {
    if (const std::string value = text_of(contents.source, key); !value.empty())
      text += fmt::format("{}: {}\n", title, value);
  }
  if (!contents.curves.empty()) {
    TextTable table({{"metric"}, {"values", Align::right}, {"from"}});
    for (const auto& [metric, count] : contents.curves) {
      const std::string name(to_text(metric));
      table.add({name, fmt::format("{}", count), origin(entry(contents.source, "curves", name))});
    }
    text += "\n" + table.text();
  }
  if (!contents.columns.empty()) {
    TextTable table({{"column"}, {"values", Align::right}});
    for (const auto& [name, count] : contents.columns) table.add({clean_text(name), fmt::format("{}", count)});
    text += "\n" + table.text();
  }
  text += "\n" + outcome_text(contents);
  for (const auto& [column, why] : left_out(contents.source)) {
    text += fmt::format("Column {} is left out: {}\n", clean_text(column), clean_text(why));
  }
  return text;
}

Json imported_json(const std::string& study, const CurveContents& contents) {
  Json metrics = Json::object();
  for (const auto& [metric, count] : contents.curves) metrics[std::string(to_text(metric))] = count;
  Json columns = Json::object();
  for (const auto& [name, count] : contents.columns) columns[name] = count;
  Json outcome = nullptr;
  if (!contents.outcome.empty()) {
    outcome = {{"column", contents.outcome},
               {"lower", contents.outcome_lower},
               {"values", contents.columns.at(contents.outcome)}};
  }
  return {{"study", study},     {"rows", contents.rows}, {"epochs", contents.epochs}, {"metrics", metrics},
          {"columns", columns}, {"outcome", outcome},    {"source", contents.source}};
}

}  // namespace tse
