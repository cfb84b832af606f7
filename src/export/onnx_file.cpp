#include "onnx_file.h"

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include <cstring>

#include "tse/base/error.h"

// The fields of onnx/onnx.proto that we use, with their numbers, which never change.
namespace tse::onnx {
namespace {

enum class ModelField : protozero::pbf_tag_type {
  ir_version = 1,
  producer_name = 2,
  graph = 7,
  opset_import = 8,
  metadata_props = 14
};
enum class OpsetField : protozero::pbf_tag_type { domain = 1, version = 2 };
enum class EntryField : protozero::pbf_tag_type { key = 1, value = 2 };
enum class GraphField : protozero::pbf_tag_type { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
enum class NodeField : protozero::pbf_tag_type { input = 1, output = 2, name = 3, op_type = 4, attribute = 5 };
enum class AttributeField : protozero::pbf_tag_type { name = 1, f = 2, i = 3, ints = 8, type = 20 };
enum class TensorField : protozero::pbf_tag_type { dims = 1, data_type = 2, name = 8, raw_data = 9 };
enum class ValueField : protozero::pbf_tag_type { name = 1, type = 2 };
enum class TypeField : protozero::pbf_tag_type { tensor_type = 1 };
enum class TensorTypeField : protozero::pbf_tag_type { elem_type = 1, shape = 2 };
enum class ShapeField : protozero::pbf_tag_type { dim = 1 };
enum class SideField : protozero::pbf_tag_type { dim_value = 1, dim_param = 2 };

constexpr std::int64_t kIrVersion = 7;  // of opset 13
constexpr std::int32_t kTypeFloat = 1;  // of TensorProto
constexpr std::int32_t kTypeInt64 = 7;
constexpr std::int32_t kAttributeFloat = 1;  // of AttributeProto
constexpr std::int32_t kAttributeInt = 2;
constexpr std::int32_t kAttributeInts = 7;

template <class Field>
using Builder = protozero::pbf_builder<Field>;
template <class Field>
using Message = protozero::pbf_message<Field>;

void write(Builder<GraphField>& graph, GraphField field, const Value& value) {
  Builder<ValueField> info(graph, field);
  info.add_string(ValueField::name, value.name);
  Builder<TypeField> type(info, ValueField::type);
  Builder<TensorTypeField> tensor(type, TypeField::tensor_type);
  tensor.add_int32(TensorTypeField::elem_type, kTypeFloat);
  Builder<ShapeField> shape(tensor, TensorTypeField::shape);
  for (const std::int64_t size : value.shape) {
    Builder<SideField> side(shape, ShapeField::dim);
    if (size > 0) {
      side.add_int64(SideField::dim_value, size);
    } else {
      side.add_string(SideField::dim_param, "N");
    }
  }
}

void write(Builder<GraphField>& graph, const Operator& op) {
  Builder<NodeField> node(graph, GraphField::node);
  for (const std::string& input : op.inputs) node.add_string(NodeField::input, input);
  node.add_string(NodeField::output, op.output);
  node.add_string(NodeField::name, op.name);
  node.add_string(NodeField::op_type, op.type);
  for (const auto& [name, value] : op.floats) {
    Builder<AttributeField> attribute(node, NodeField::attribute);
    attribute.add_string(AttributeField::name, name);
    attribute.add_float(AttributeField::f, value);
    attribute.add_enum(AttributeField::type, kAttributeFloat);
  }
  for (const auto& [name, value] : op.integers) {
    Builder<AttributeField> attribute(node, NodeField::attribute);
    attribute.add_string(AttributeField::name, name);
    attribute.add_int64(AttributeField::i, value);
    attribute.add_enum(AttributeField::type, kAttributeInt);
  }
  for (const auto& [name, values] : op.lists) {
    Builder<AttributeField> attribute(node, NodeField::attribute);
    attribute.add_string(AttributeField::name, name);
    for (const std::int64_t value : values) attribute.add_int64(AttributeField::ints, value);
    attribute.add_enum(AttributeField::type, kAttributeInts);
  }
}

void write(Builder<GraphField>& graph, const std::string& name, const torch::Tensor& value) {
  const torch::Tensor plain = value.detach().contiguous();
  Builder<TensorField> tensor(graph, GraphField::initializer);
  for (const std::int64_t side : plain.sizes()) tensor.add_int64(TensorField::dims, side);
  tensor.add_int32(TensorField::data_type, plain.scalar_type() == torch::kLong ? kTypeInt64 : kTypeFloat);
  tensor.add_string(TensorField::name, name);
  tensor.add_bytes(TensorField::raw_data, static_cast<const char*>(plain.data_ptr()), plain.nbytes());
}

torch::Tensor read_tensor(Message<TensorField> message, std::string& name) {
  std::vector<std::int64_t> sides;
  std::int32_t type = 0;
  protozero::data_view data;
  while (message.next()) {
    switch (message.tag()) {
      case TensorField::dims:
        sides.push_back(message.get_int64());
        break;
      case TensorField::data_type:
        type = message.get_int32();
        break;
      case TensorField::name:
        name = message.get_string();
        break;
      case TensorField::raw_data:
        data = message.get_view();
        break;
      default:
        message.skip();
    }
  }
  if (type != kTypeFloat && type != kTypeInt64)
    throw DataError("ONNX", "expected tensors of float or int64; got type {} of '{}'", type, name);
  torch::Tensor tensor = torch::empty(sides, type == kTypeFloat ? torch::kFloat : torch::kLong);
  if (tensor.nbytes() != data.size())
    throw DataError("ONNX", "expected {} bytes of '{}'; got {}", tensor.nbytes(), name, data.size());
  std::memcpy(tensor.data_ptr(), data.data(), data.size());
  return tensor;
}

void read_attribute(Message<AttributeField> message, Operator& op) {
  std::string name;
  float real = 0;
  std::int64_t integer = 0;
  std::vector<std::int64_t> list;
  std::int32_t type = 0;
  while (message.next()) {
    switch (message.tag()) {
      case AttributeField::name:
        name = message.get_string();
        break;
      case AttributeField::f:
        real = message.get_float();
        break;
      case AttributeField::i:
        integer = message.get_int64();
        break;
      case AttributeField::ints:
        list.push_back(message.get_int64());
        break;
      case AttributeField::type:
        type = message.get_enum();
        break;
      default:
        message.skip();
    }
  }
  if (type == kAttributeFloat) op.floats[name] = real;
  if (type == kAttributeInt) op.integers[name] = integer;
  if (type == kAttributeInts) op.lists[name] = std::move(list);
}

Operator read_operator(Message<NodeField> message) {
  Operator op;
  while (message.next()) {
    switch (message.tag()) {
      case NodeField::input:
        op.inputs.push_back(message.get_string());
        break;
      case NodeField::output:
        op.output = message.get_string();
        break;
      case NodeField::name:
        op.name = message.get_string();
        break;
      case NodeField::op_type:
        op.type = message.get_string();
        break;
      case NodeField::attribute:
        read_attribute(message.get_message(), op);
        break;
      default:
        message.skip();
    }
  }
  return op;
}

std::string name_of(Message<ValueField> message) {
  return message.next(ValueField::name) ? message.get_string() : std::string();
}

void read_graph(Message<GraphField> message, File& file) {
  while (message.next()) {
    switch (message.tag()) {
      case GraphField::node:
        file.operators.push_back(read_operator(message.get_message()));
        break;
      case GraphField::initializer: {
        std::string name;
        torch::Tensor tensor = read_tensor(message.get_message(), name);
        file.tensors.insert_or_assign(name, std::move(tensor));
        break;
      }
      case GraphField::input:
        file.input.name = name_of(message.get_message());
        break;
      case GraphField::output:
        file.output.name = name_of(message.get_message());
        break;
      default:
        message.skip();
    }
  }
}

}  // namespace

Bytes encode(const File& file) {
  std::string bytes;
  {
    Builder<ModelField> model(bytes);
    model.add_int64(ModelField::ir_version, kIrVersion);
    model.add_string(ModelField::producer_name, "tse");
    {
      Builder<OpsetField> opset(model, ModelField::opset_import);
      opset.add_string(OpsetField::domain, "");
      opset.add_int64(OpsetField::version, file.opset);
    }
    for (const auto& [name, text] : file.metadata) {
      Builder<EntryField> entry(model, ModelField::metadata_props);
      entry.add_string(EntryField::key, name);
      entry.add_string(EntryField::value, text);
    }
    Builder<GraphField> graph(model, ModelField::graph);
    graph.add_string(GraphField::name, "network");
    for (const Operator& op : file.operators) write(graph, op);
    for (const auto& [name, tensor] : file.tensors) write(graph, name, tensor);
    write(graph, GraphField::input, file.input);
    write(graph, GraphField::output, file.output);
  }
  return {bytes.begin(), bytes.end()};
}

File decode(std::span<const std::uint8_t> bytes) {
  File file;
  try {
    Message<ModelField> model(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (model.next()) {
      if (model.tag() == ModelField::graph) {
        read_graph(model.get_message(), file);
      } else {
        model.skip();
      }
    }
  } catch (const protozero::exception& error) {
    throw DataError("ONNX", "expected a model; {}", error.what());
  }
  return file;
}

}  // namespace tse::onnx
