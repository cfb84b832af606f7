#include "html_pieces.h"

#include <fmt/format.h>

#include <cmath>

#include "embedded.h"
#include "template.h"
#include "tse/report/escape.h"
#include "tse/version.h"

namespace tse {
namespace {

// What the page's script sorts by: a number as JavaScript reads it, nothing where there is none.
std::string sort_key(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return fmt::format("{}", value);
}

void add_facts(const Json& value, const std::string& name, std::string& html) {
  const bool is_list_of_facts = value.is_array() && !value.empty() && value.front().is_object();
  if (value.is_object() || is_list_of_facts) {
    for (const auto& [key, inner] : value.items()) add_facts(inner, name.empty() ? key : name + "." + key, html);
    return;
  }
  const std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  html += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(name), breakable_html(text, ":,/"));
}

}  // namespace

std::string page_html(std::string_view title, const std::string& body, std::string_view script, const Json& data) {
  const std::string scripts = std::string(kEmbeddedParts) + std::string(script);
  return fill(kEmbeddedFrame, {{"style_hash", policy_hash(kEmbeddedStyle)},
                               {"chart_hash", policy_hash(kEmbeddedChart)},
                               {"script_hash", policy_hash(scripts)},
                               {"title", escape_html(title)},
                               {"style", std::string(kEmbeddedStyle)},
                               {"body", body},
                               {"version", kVersion},
                               {"data", script_json(data)},
                               {"chart", std::string(kEmbeddedChart)},
                               {"script", scripts}});
}

std::string breakable_html(std::string_view text, std::string_view after) {
  std::string html;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t at = text.find_first_of(after, start);
    const std::size_t end = at == std::string_view::npos ? text.size() : at + 1;
    html += escape_html(text.substr(start, end - start));
    if (end < text.size()) html += "<wbr>";
    start = end;
  }
  return html;
}

std::string arch_html(const std::string& arch) {
  std::string html;
  for (std::size_t start = 0; start < arch.size();) {
    const std::size_t plus = arch.find('+', start);
    const std::size_t end = plus == std::string::npos ? arch.size() : plus + 1;
    html += "<span>" + breakable_html(std::string_view(arch).substr(start, end - start), "|") + "</span>";
    start = end;
  }
  return html;
}

std::string fact_html(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escape_html(name), breakable_html(value, ":,/"));
}

std::string head_html(std::string_view title, std::string_view classes, std::string_view first,
                      std::string_view sorted) {
  return fmt::format(R"(<th scope="col" class="{}" data-first="{}"{}><button type="button">{}</button></th>)", classes,
                     first, sorted.empty() ? "" : fmt::format(R"( aria-sort="{}")", sorted),
                     breakable_html(title, "_:"));
}

std::string number_cell_html(double value, std::string_view shown, std::string_view classes) {
  return fmt::format(R"(<td class="{}" data-value="{}">{}</td>)", classes, sort_key(value), escape_html(shown));
}

std::string manifest_html(const Json& manifest) {
  std::string html;
  if (!manifest.is_null()) add_facts(manifest, "", html);
  return html.empty() ? "<dt>Manifest</dt><dd>none was recorded</dd>" : html;
}

}  // namespace tse
