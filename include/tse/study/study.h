#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tse/space/space.h"
#include "tse/store/open.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// Makes the study file, and the folders it is in, with its plan and trials and what is known of them, or opens the
/// one that is there when it is of the same plan. UsageError where it is a study of something else.
std::unique_ptr<Store> begin_study(const std::filesystem::path& file, const Plan& plan, const std::vector<Job>& jobs,
                                   const Known& known = {});

/// Opens a study and reads its plan.
std::unique_ptr<Store> open_study(const std::filesystem::path& file, Access access, Plan& plan);

/// What the workers found out about the images, remembered by the first of them.
struct DataRecord {
  std::string digest;
  Task task;
  int train = 0;  // images of each split
  int valid = 0;
  int test = 0;

  // What a network needs to be used elsewhere; empty in studies that an older tse began.
  std::vector<std::string> class_names = {};
  std::vector<double> mean = {};       // per channel, in units of the bytes (0 to 255)
  std::vector<double> deviation = {};  // what the network sees is (byte - mean)/deviation

  bool operator==(const DataRecord&) const = default;

  /// Whether both are of the same images, as far as both know.
  bool agrees_with(const DataRecord& other) const;
};

Json to_json(const DataRecord& record);
DataRecord data_record_from_json(const Json& object, std::string_view place);

/// The folder of unfinished trainings beside a study, and one trial's file in it.
std::filesystem::path checkpoint_folder(const std::filesystem::path& study);
std::filesystem::path checkpoint_file(const std::filesystem::path& study, int trial);

/// Thrown to give up what is under way because somebody wants the study to stop.
class GaveUp {};

struct RunOptions {
  std::filesystem::path study;
  std::filesystem::path engine;  // the program that trains
  int workers = 1;
  int lanes = 1;               // trainings at once in each worker
  int threads = 1;             // of each training
  std::function<bool()> stop;  // asked often: whether to end early

  /// Asked often: appends what it will, and says whether more may come. Where that takes long it calls, a few times a
  /// second, what it is given: the study is looked after meanwhile, and GaveUp comes out once it is to stop.
  std::function<bool(const std::function<void()>& attend)> grow;

  std::function<void(const std::vector<Trial>&)> progress;  // told about twice a second; trials without traces
};

/// How running a study ended.
enum class Ending { finished, stopped };

/// Trains what is not yet trained, with worker processes. `stopped` leaves a study that can go on. DataError where the
/// study is run by another process, or the workers cannot work.
Ending run_study(Store& store, const RunOptions& options);

}  // namespace tse
