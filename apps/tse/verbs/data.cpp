#include "verbs/data.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "interrupt.h"
#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/data/fetch.h"
#include "tse/data/verify.h"
#include "tse/trial/recipe.h"

namespace tse::cli {
namespace {

/// Whether a data set can be used by its bare name, and what to do where not.
Json availability(const std::string& name) {
  try {
    make_data(name)->facts();
    return {{"state", "ready"}, {"note", ""}};
  } catch (const UsageError& error) {
    return {{"state", "needs options"}, {"note", error.what()}};
  } catch (const DataError& error) {
    return {{"state", "not installed"}, {"note", error.what()}};
  }
}

Json normalisation_json(const DataSet& data) {
  return {{"source", data.normalisation_source},
          {"mean", data.normalisation.mean},
          {"deviation", data.normalisation.deviation}};
}

Json facts_json(const DataSet& data) {
  return {{"data", data.spec},
          {"channels", data.train.channels},
          {"height", data.train.height},
          {"width", data.train.width},
          {"classes", data.train.classes()},
          {"train", data.split.train.size()},
          {"valid", data.split.valid.size()},
          {"test", data.test.count},
          {"training_set", data.train.count},
          {"normalisation", normalisation_json(data)},
          {"class_names", data.train.class_names},
          {"digest", data.digest}};
}

void print_lines(const Json& facts) {
  for (const auto& [name, value] : facts.items()) {
    std::cout << fmt::format("{:<14} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

/// `12.3 of 170.1 MB, 4.2 MB/s, 38 s left` on standard error: on a terminal in place, elsewhere every ten seconds.
class FetchLine {
 public:
  void show(const std::string& file, const DownloadProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ && now - shown_ < std::chrono::seconds(10)) return;
    shown_ = now;
    std::string text = fmt::format("{}: {:.1f}", file, megabytes(progress.bytes));
    if (progress.total > 0) text += fmt::format(" of {:.1f}", megabytes(progress.total));
    text += fmt::format(" MB, {:.1f} MB/s", progress.bytes_per_second / 1e6);
    if (progress.seconds_left > 0) text += fmt::format(", {:.0f} s left", progress.seconds_left);
    std::cerr << (terminal_ ? "\r\x1b[K" : "") << text << (terminal_ ? "" : "\n") << std::flush;
    open_ = terminal_;
  }
  void finish() {
    if (open_) std::cerr << '\n';
    open_ = false;
  }

 private:
  static double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool open_ = false;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace

void DataVerb::setup(CLI::App& app) {
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, int (DataVerb::*what)() const) {
    CLI::App* action = app.add_subcommand(name, summary);
    add_json(*action, json);
    action->callback([this, what] { chosen = [this, what] { return (this->*what)(); }; });
    return action;
  };
  add("list", "every data set, whether it can be used at once, and how to get it", &DataVerb::list);
  CLI::App* info_app = add("info", "read a data set: sizes, split, normalisation, digest", &DataVerb::info);
  CLI::App* verify_app = add("verify", "read every file again and compare checksums", &DataVerb::verify);
  info_app->add_option("DATA", data, "as for --data: fashion-mnist, cifar10:dir=DIR, images:dir=DIR,size=32")
      ->required();
  verify_app->add_option("DATA", data, "as for --data, of named files: fashion-mnist, cifar10:dir=DIR")->required();
  CLI::App* fetch_app = add("fetch", "download, check and unpack; goes on where it stopped", &DataVerb::fetch);
  std::string names;
  for (const Publication& publication : publications()) names += (names.empty() ? "" : ", ") + publication.data;
  fetch_app->add_option("NAME", data, names)->required();
  fetch_app->add_option("--dir", dir, "folder for it; made where it is missing")->required();
  fetch_app->add_option("--url", url, "folder of a mirror; default: the publisher's");
}

int DataVerb::run(Context& /*context*/) { return chosen(); }

int DataVerb::list() const {
  Json entries = Json::array();
  for (const auto& entry : data_sets().entries()) {
    Json line = {{"name", entry.name}, {"summary", entry.summary}};
    line.update(availability(entry.name));
    line["options"] = entry.options_help();
    entries.push_back(std::move(line));
  }
  if (json) {
    print_json({{"data", entries}});
    return kExitDone;
  }
  for (const Json& entry : entries) {
    std::cout << fmt::format("{:<14} {:<14} {}\n", entry["name"].get<std::string>(), entry["state"].get<std::string>(),
                             entry["summary"].get<std::string>());
    const std::string note = entry["note"];
    if (!note.empty()) std::cout << fmt::format("{:<29} {}\n", "", note);
  }
  return kExitDone;
}

int DataVerb::info() const {
  // what is held out where the string does not say: as the default recipe has it
  const Json facts = facts_json(make_data(data)->load(Recipe{}.valid_fraction));
  json ? print_json(facts) : print_lines(facts);
  return kExitDone;
}

int DataVerb::verify() const {
  const auto made = make_data(data);
  const std::vector<FileCheck> checks = check_files(*made);
  if (checks.empty())
    throw UsageError(data,
                     "expected a data set of files that are known by name; nothing says what this one should hold: tse "
                     "data info reads it and gives its digest");
  Json files = Json::array();
  const FileCheck* damaged = nullptr;
  for (const FileCheck& check : checks) {
    if (check.damaged()) damaged = &check;
    files.push_back({{"file", check.file.string()},
                     {"sha256", check.sha256},
                     {"as_listed", check.listed.empty() ? Json(nullptr) : Json(check.listed == check.sha256)},
                     {"as_published", check.as_published ? Json(*check.as_published) : Json(nullptr)}});
  }
  if (damaged != nullptr) {
    throw DataError(damaged->file.string(),
                    "expected the content with SHA-256 {}, as SHA256SUMS beside it says; got {}", damaged->listed,
                    damaged->sha256);
  }
  Json result = facts_json(made->load(Recipe{}.valid_fraction));
  result["files"] = files;
  if (json) {
    print_json(result);
    return kExitDone;
  }
  for (const Json& file : files) {
    std::string text = file["sha256"].get<std::string>() + "  " + file["file"].get<std::string>();
    if (file["as_listed"].is_boolean()) text += "  as in SHA256SUMS";
    if (file["as_published"].is_boolean()) {
      text += file["as_published"].get<bool>() ? "  as published" : "  not the published file";
    }
    std::cout << text << '\n';
  }
  result.erase("files");
  print_lines(result);
  return kExitDone;
}

int DataVerb::fetch() const {
  const Publication& publication = find_publication(data);
  catch_interrupts();
  FetchLine line;
  const Fetched fetched =
      tse::fetch(publication, dir, url, [&](const std::string& file, const DownloadProgress& progress) {
        line.show(file, progress);
        return !interrupted();
      });
  line.finish();
  if (fetched.stopped) {
    std::cerr << "interrupted; what came is kept, and the same command goes on\n";
    return kExitInterrupted;
  }
  const std::string spec = to_text({.name = data, .options = {{"dir", dir}}});
  if (json) {
    print_json({{"data", spec}, {"already", fetched.already}, {"files", fetched.files}});
  } else {
    std::cout << fmt::format("{} {}; use it as {}\n", dir, fetched.already ? "was complete" : "is complete", spec);
  }
  return kExitDone;
}

}  // namespace tse::cli
