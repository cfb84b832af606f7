#include "tse/base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16U;

std::string reason(int code) { return std::generic_category().message(code); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

/// Grows as the data comes, so that a small file that claims much takes little.
class Sink {
 public:
  Sink(std::string_view place, std::size_t most) : place_(place), most_(most) {}

  void add(const std::uint8_t* data, std::size_t size) {
    if (size > most_ - bytes_.size())
      throw DataError(place_, "expected at most {} bytes unpacked; there are more", most_);
    bytes_.insert(bytes_.end(), data, data + size);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  std::string_view place_;
  std::size_t most_;
  Bytes bytes_;
};

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// zlib itself, not libarchive, whose gzip filter does not verify the CRC.
Bytes inflate_all(std::span<const std::uint8_t> packed, Packing packing, std::string_view place, std::size_t most) {
  const bool gzip = packing == Packing::gzip;
  const std::string_view name = gzip ? "gzip" : "zlib";
  z_stream stream{};
  if (inflateInit2(&stream, gzip ? 15 + 16 : 15) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  Sink sink(place, most);
  Bytes piece(kPiece);
  std::size_t consumed = 0;
  for (bool inside = true; inside || consumed < packed.size();) {
    if (!inside && is_zero(packed.subspan(consumed))) break;  // padding, as gzip takes it
    if (!inside && !gzip)
      throw DataError(place, "expected the end of the zlib data at byte {}; there is more", consumed);
    const std::size_t given = std::min<std::size_t>(packed.size() - consumed, std::numeric_limits<uInt>::max());
    stream.next_in = const_cast<Bytef*>(packed.data() + consumed);  // zlib's old interface; it does not write there
    stream.avail_in = static_cast<uInt>(given);
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    if (!inside) inflateReset(&stream);  // gzip files may be several streams, one after the other
    const int state = inflate(&stream, Z_NO_FLUSH);
    const std::size_t used = given - stream.avail_in;
    const std::size_t made = piece.size() - stream.avail_out;
    consumed += used;
    sink.add(piece.data(), made);
    inside = state != Z_STREAM_END;
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
      throw DataError(place, "expected {} data; damaged at byte {} ({})", name, consumed,
                      stream.msg == nullptr ? "wrong data" : stream.msg);
    }
    if (inside && used == 0 && made == 0)
      throw DataError(place, "expected whole {} data; cut short at byte {}", name, consumed);
  }
  return sink.take();
}

/// xz and bzip2, whose checksums libarchive's filters verify.
Bytes unfilter(std::span<const std::uint8_t> packed, Packing packing, std::string_view place, std::size_t most) {
  const std::string_view name = packing == Packing::xz ? "xz" : "bzip2";
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  if (!reader) throw std::bad_alloc();
  archive* const raw = reader.get();
  const auto refuse = [&] {
    const char* text = archive_error_string(raw);
    throw DataError(place, "expected whole {} data; {}", name, text == nullptr ? "damaged or cut short" : text);
  };
  archive_entry* entry = nullptr;
  const int known =
      packing == Packing::xz ? archive_read_support_filter_xz(raw) : archive_read_support_filter_bzip2(raw);
  if (known != ARCHIVE_OK || archive_read_support_format_raw(raw) != ARCHIVE_OK) refuse();
  if (archive_read_open_memory(raw, packed.data(), packed.size()) != ARCHIVE_OK) refuse();
  if (archive_read_next_header(raw, &entry) != ARCHIVE_OK) refuse();
  // the raw format takes data without the mark as it is
  if (archive_filter_count(raw) < 2) throw DataError(place, "expected {0} data; there is no {0} mark at byte 0", name);
  Sink sink(place, most);
  Bytes piece(kPiece);
  for (;;) {
    const la_ssize_t size = archive_read_data(raw, piece.data(), piece.size());
    if (size < 0) refuse();
    if (size == 0) return sink.take();
    sink.add(piece.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

Bytes read_file(const std::filesystem::path& file, std::size_t most) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) throw DataError(file.string(), "cannot be opened: {}", reason(errno));
  struct stat facts{};
  if (fstat(descriptor.get(), &facts) != 0) throw DataError(file.string(), "cannot be read: {}", reason(errno));
  if (S_ISDIR(facts.st_mode)) throw DataError(file.string(), "expected a file; got a folder");
  if (!S_ISREG(facts.st_mode)) throw DataError(file.string(), "expected a regular file; got a device or pipe");
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > most) throw DataError(file.string(), "expected at most {} bytes; got {}", most, size);
  Bytes bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t part = read(descriptor.get(), bytes.data() + done, size - done);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) throw DataError(file.string(), "cannot be read at byte {}: {}", done, reason(errno));
    if (part == 0)
      throw DataError(file.string(), "expected {} bytes; the file was cut to {} while it was read", size, done);
    done += static_cast<std::size_t>(part);
  }
  return bytes;
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Packing packing_of(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (ending == ".gz") return Packing::gzip;
  if (ending == ".xz") return Packing::xz;
  if (ending == ".bz2" || ending == ".pbz2") return Packing::bzip2;
  return Packing::none;
}

Bytes unpack(std::span<const std::uint8_t> packed, Packing packing, std::string_view place, std::size_t most) {
  switch (packing) {
    case Packing::gzip:
    case Packing::zlib:
      return inflate_all(packed, packing, place, most);
    case Packing::xz:
    case Packing::bzip2:
      return unfilter(packed, packing, place, most);
    case Packing::none:
      break;
  }
  if (packed.size() > most) throw DataError(place, "expected at most {} bytes; got {}", most, packed.size());
  return {packed.begin(), packed.end()};
}

Bytes read_unpacked(const std::filesystem::path& file, std::size_t most) {
  Bytes bytes = read_file(file, most);
  const Packing packing = packing_of(file);
  return packing == Packing::none ? bytes : unpack(bytes, packing, file.string(), most);
}

std::filesystem::path find_packed(const std::filesystem::path& folder, std::string_view name) {
  for (const char* ending : {"", ".gz", ".xz", ".GZ", ".XZ"}) {
    std::filesystem::path file = folder / (std::string(name) + ending);
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
  }
  throw DataError((folder / name).string(), "expected this file, or the same with .gz or .xz; there is none");
}

}  // namespace tse
