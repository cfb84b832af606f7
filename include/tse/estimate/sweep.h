#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// The values of one element: itself, or the numbers of `FROM..TO` or `FROM..TO/STEP`, as text. UsageError, of `place`,
/// where a range is none or has more than 10,000 values.
std::vector<std::string> expand_range(std::string_view element, std::string_view place);

/// The estimators that one text names: `tse,tse-e:epochs=3,mean=steps,params` are three, since a piece with `=` and no
/// name before it is a further option of the one before. Values may be swept: `tse-ema:mu=0.9+0.95+0.99` is three of
/// them, `tse-e:epochs=1..70` seventy, `tse-e:epochs=1+10..70/10` eight (1, 10, 20, ... 70); several swept options give
/// every combination. UsageError where a range is none, or where there would be more than 10,000 in all. `COLUMN:lower`
/// is a column.
std::vector<std::string> expand_estimators(std::string_view text);

}  // namespace tse
