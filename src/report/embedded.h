#pragma once

#include <string_view>

namespace tse {

/// The files of src/report/page/ and Chart.js, as cmake/EmbedPage.cmake put them into the library.
extern const std::string_view kEmbeddedFrame;
extern const std::string_view kEmbeddedPage;
extern const std::string_view kEmbeddedAgreement;
extern const std::string_view kEmbeddedStyle;
extern const std::string_view kEmbeddedScript;
extern const std::string_view kEmbeddedComparison;
extern const std::string_view kEmbeddedComparisonStudy;
extern const std::string_view kEmbeddedComparisonGroups;
extern const std::string_view kEmbeddedComparisonScript;
extern const std::string_view kEmbeddedSearch;
extern const std::string_view kEmbeddedSearchWinner;
extern const std::string_view kEmbeddedSearchPlots;
extern const std::string_view kEmbeddedSearchCompare;
extern const std::string_view kEmbeddedSearchCurves;
extern const std::string_view kEmbeddedSearchScript;
extern const std::string_view kEmbeddedOneShot;
extern const std::string_view kEmbeddedOneShotAgreement;
extern const std::string_view kEmbeddedOneShotScript;
extern const std::string_view kEmbeddedDifferentiate;
extern const std::string_view kEmbeddedDifferentiateEpochs;
extern const std::string_view kEmbeddedDifferentiateShares;
extern const std::string_view kEmbeddedDifferentiateScript;
extern const std::string_view kEmbeddedParts;
extern const std::string_view kEmbeddedChart;

}  // namespace tse
