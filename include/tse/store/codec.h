#pragma once

#include <string>
#include <string_view>

#include "tse/base/json.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// A job as JSON text. UsageError where it holds text that is not UTF-8.
std::string encode_job(const Job& job);

/// DataError at `place` where the text is not the JSON of a job, an option is out of its range, or the number is not
/// `number`.
Job decode_job(std::string_view text, int number, std::string_view place);

/// A trace as bytes, every double with all its bits (NaN and infinity too); losses that all are floats take four bytes
/// each. Little-endian: version (u8: 1, or 2 with zero-cost scores), status (u8), reason (text), train_images, batch
/// (u32), seconds (f64), images (i64), evaluations (u32 times split (text), epoch (u32), loss, accuracy (f64)), bytes
/// of one loss (u8), number of losses (u32), losses; in version 2 scores (u32 times name (text), value (f64), reason
/// (text), seconds (f64)); then the CRC-32 of all that. A text is its length (u32) and its bytes.
std::string encode_trace(const Trace& trace);

/// DataError at `place` where the bytes are not those of a trace, are damaged, or say what cannot be.
Trace decode_trace(std::string_view bytes, std::string_view place);

/// JSON on one line. UsageError at `place` where it holds text that is not UTF-8.
std::string json_line(const Json& value, std::string_view place);

}  // namespace tse
