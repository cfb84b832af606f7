#include "layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// A little repository in a folder of its own that vanishes with the test.
class Layers : public testing::Test {
 protected:
  Layers() : root_(fs::temp_directory_path() / ("tse-layers-" + std::to_string(getpid()))) {
    write("docs/layers.txt",
          "# comment\n"
          "base:\n"
          "space: base\n"
          "net T: base space/graph.h\n"
          "apps/tse: core\n"
          "apps/tse-torch T: all\n");
  }
  ~Layers() override { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  fs::path root_;
};

TEST_F(Layers, AcceptWhatTheirRowsList) {
  write("include/tse/base/a.h", "#include <space>\n#include \"tse/base/b.h\"\n");
  write("src/space/s.cpp", "#include \"tse/space/s.h\"\n#include \"tse/base/a.h\"\n#include \"local.h\"\n");
  write("src/net/n.cpp", "#include <torch/torch.h>\n#include \"tse/space/graph.h\"\n#include \"tse/version.h\"\n");
  write("apps/tse/main.cpp", "#include \"tse/space/s.h\"\n");
  write("apps/tse-torch/main.cpp", "#include <ATen/ATen.h>\n#include \"tse/net/n.h\"\n");
  write("tests/other/o_test.cpp", "#include \"tse/net/n.h\"\n");
  write("tests/space/s_test.cpp",
        "#include \"space/private.h\"\n#include \"base/samples.h\"\n#include \"support/x.h\"\n");
  EXPECT_THAT(layer_violations(root_), IsEmpty());
}

TEST_F(Layers, NameFileAndLineOfWhatTheyRefuse) {
  write("include/tse/base/a.h", "#pragma once\n\n#include \"tse/space/s.h\"\n");
  write("src/space/s.cpp", "#include <torch/torch.h>\n  #  include <c10/util/Exception.h>  // why\n");
  write("src/net/n.cpp", "#include \"tse/space/space.h\"\n#include \"../space/s.h\"\n#include \"tse/tse.h\"\n");
  write("tests/base/a_test.cpp", "#include \"tse/net/n.h\"\n#include \"space/samples.h\"\n");
  write("apps/tse/main.cpp", "\n#include \"tse/net/n.h\"\n");
  EXPECT_THAT(layer_violations(root_),
              ElementsAre("apps/tse/main.cpp:2: apps/tse may not include this: tse/net/n.h",
                          "include/tse/base/a.h:3: base may not include this: tse/space/s.h",
                          "src/net/n.cpp:1: net may not include this: tse/space/space.h",
                          "src/net/n.cpp:2: no path may climb with ..: ../space/s.h",
                          "src/net/n.cpp:3: this is for users of the library: tse/tse.h",
                          "src/space/s.cpp:1: space may not include libtorch: torch/torch.h",
                          "src/space/s.cpp:2: space may not include libtorch: c10/util/Exception.h",
                          "tests/base/a_test.cpp:1: base may not include this: tse/net/n.h",
                          "tests/base/a_test.cpp:2: base may not include this: space/samples.h"));
}

TEST_F(Layers, NameAFolderWithoutRowAndARowThatIsNone) {
  write("src/extra/e.cpp", "");
  write("docs/layers.txt", "base:\nnonsense\n");
  EXPECT_THAT(layer_violations(root_), ElementsAre("docs/layers.txt:2: expected LAYER [T]: ALLOWED ...",
                                                   "src/extra/e.cpp:1: its folder has no row in docs/layers.txt"));
}

TEST(Repository, KeepsItsLayers) {
  for (const std::string& line : layer_violations(TSE_SOURCE)) ADD_FAILURE() << line;
}

}  // namespace
}  // namespace tse
