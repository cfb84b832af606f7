#pragma once

#include <string>
#include <vector>

#include "tse/space/op.h"
#include "tse/space/shape.h"

namespace tse {

/// Shape of an op's output from those of its inputs. UsageError at `place` where they do not fit, or where an attribute
/// is out of range.
Shape infer_shape(const Op& op, const std::vector<Shape>& inputs, const std::string& place);

}  // namespace tse
