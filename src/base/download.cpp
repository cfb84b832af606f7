#include "tse/base/download.h"

#include <curl/curl.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/path.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const fs::path& file, const char* mode) {
  File opened(std::fopen(file.c_str(), mode), std::fclose);
  if (!opened) throw DataError(file.string(), "cannot be opened: {}", std::generic_category().message(errno));
  return opened;
}

/// One request and what has come of it.
struct Transfer {
  const Download& wanted;
  const OnDownload& on_progress;
  CURL* curl = nullptr;
  std::FILE* part = nullptr;
  std::uint64_t start = 0;    // bytes that were there before this request
  std::uint64_t written = 0;  // bytes in the file
  long status = 0;
  std::uint64_t total = 0;
  int disk_error = 0;
  bool too_large = false;
  bool stopped = false;
  bool started = false;
  Clock::time_point began = Clock::now();
  Clock::time_point told = {};

  /// Reads the answer's head once the first byte of its body is there.
  bool begin() {
    started = true;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200 && start > 0) {
      // the server ignores ranges: this is the file from its beginning
      std::rewind(part);
      if (std::fflush(part) != 0 || ftruncate_to_zero() != 0) {
        disk_error = errno;
        return false;
      }
      start = written = 0;
    }
    curl_off_t length = -1;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    total = length < 0 ? 0 : start + static_cast<std::uint64_t>(length);
    too_large = total > wanted.most;
    return !too_large;
  }
  int ftruncate_to_zero() const;

  std::size_t write(const char* data, std::size_t size) {
    if (!started && !begin()) return 0;
    if (status != 200 && status != 206) return size;  // the page that comes with an error
    if (written + size > wanted.most) {
      too_large = true;
      return 0;
    }
    const std::size_t done = std::fwrite(data, 1, size, part);
    if (done != size) disk_error = errno;
    written += done;
    return done;
  }

  /// False to stop.
  bool tell(bool at_once) {
    const Clock::time_point now = Clock::now();
    if (!on_progress || (!at_once && now - told < std::chrono::milliseconds(200))) return true;
    told = now;
    const double seconds = std::chrono::duration<double>(now - began).count();
    DownloadProgress progress{.bytes = written, .total = total};
    if (seconds > 0) progress.bytes_per_second = static_cast<double>(written - start) / seconds;
    if (total > written && progress.bytes_per_second > 0) {
      progress.seconds_left = static_cast<double>(total - written) / progress.bytes_per_second;
    }
    stopped = stopped || !on_progress(progress);
    return !stopped;
  }
};

int Transfer::ftruncate_to_zero() const {
  std::error_code error;
  fs::resize_file(wanted.file.string() + ".part", 0, error);
  if (error) errno = error.value();
  return error ? -1 : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* transfer) {
  return static_cast<Transfer*>(transfer)->write(data, size * count);
}

int on_tick(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(transfer)->tell(false) ? 0 : 1;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

enum class Outcome { whole, stopped, broken, already_whole };

/// One request from the end of the part file on.
Outcome request(const Download& wanted, const OnDownload& on_progress, std::string& why, std::uint64_t& gained) {
  const std::string part_name = wanted.file.string() + ".part";
  File part = open_file(part_name, "ab");
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw std::bad_alloc();
  Transfer transfer{.wanted = wanted, .on_progress = on_progress, .curl = curl.get(), .part = part.get()};
  transfer.start = transfer.written = fs::file_size(part_name);
  std::vector<char> error(CURL_ERROR_SIZE, '\0');

  CURL* const handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, wanted.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);  // a minute without a byte is a broken connection
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "tse");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_tick);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  const std::string range = fmt::format("{}-", transfer.start);
  if (transfer.start > 0) curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());

  const CURLcode code = curl_easy_perform(handle);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &transfer.status);
  const bool flushed = std::fclose(part.release()) == 0;
  gained = transfer.written > transfer.start ? transfer.written - transfer.start : 0;

  if (transfer.stopped) return Outcome::stopped;
  if (transfer.too_large) {
    throw DataError(wanted.url, "expected at most {} bytes; the server sends {}", wanted.most,
                    transfer.total > wanted.most ? fmt::format("{}", transfer.total) : "more");
  }
  if (transfer.disk_error != 0 || !flushed) {
    throw DataError(part_name, "cannot be written: {}",
                    std::generic_category().message(transfer.disk_error != 0 ? transfer.disk_error : errno));
  }
  if (transfer.status == 416) return Outcome::already_whole;  // nothing after what we have
  if (transfer.status != 0 && transfer.status != 200 && transfer.status != 206) {
    throw DataError(wanted.url, "expected the file; the server answers {}", transfer.status);
  }
  if (code == CURLE_OK) {
    transfer.tell(true);
    return Outcome::whole;
  }
  why = error[0] == '\0' ? curl_easy_strerror(code) : error.data();
  return Outcome::broken;
}

}  // namespace

std::string hash_of_file(const fs::path& file, HashKind kind) {
  const File opened = open_file(file, "rb");
  Hash hash(kind);
  std::vector<std::uint8_t> piece(std::size_t{1} << 20U);
  for (;;) {
    const std::size_t size = std::fread(piece.data(), 1, piece.size(), opened.get());
    hash.add(std::span(piece).first(size));
    if (size == piece.size()) continue;
    if (std::ferror(opened.get()) != 0) {
      throw DataError(file.string(), "cannot be read: {}", std::generic_category().message(errno));
    }
    return hash.hex();
  }
}

bool download(const Download& wanted, const OnDownload& on_progress) {
  start_curl();
  if (path_exists(wanted.file) && hash_of_file(wanted.file, wanted.kind) == wanted.hash) return true;
  const fs::path part = wanted.file.string() + ".part";
  std::error_code none;
  const bool continued = fs::file_size(part, none) > 0 && !none;
  bool restarted = !continued;
  for (int attempt = 1;; ++attempt) {
    std::string why;
    std::uint64_t gained = 0;
    const Outcome outcome = request(wanted, on_progress, why, gained);
    if (outcome == Outcome::stopped) return false;
    if (outcome == Outcome::broken) {
      if (gained > 0 && attempt < wanted.attempts) continue;
      throw DataError(wanted.url, "the connection broke: {}; {} bytes are kept in {}, and the same command goes on",
                      why, fs::file_size(part), part.string());
    }
    const std::string got = hash_of_file(part, wanted.kind);
    if (got == wanted.hash) break;
    fs::remove(part);
    // what an earlier run left may be of another file: once more, from the start
    if (!restarted) {
      restarted = true;
      continue;
    }
    throw DataError(wanted.url, "expected the checksum {}; got {}: not the file that was published", wanted.hash, got);
  }
  std::error_code error;
  fs::rename(part, wanted.file, error);
  if (error) throw DataError(wanted.file.string(), "cannot be written: {}", error.message());
  return true;
}

}  // namespace tse
