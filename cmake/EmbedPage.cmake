# The files of the HTML report, and Chart.js of Debian's libjs-chart.js (versions 3 and 4 name it differently), become a
# source of the library: the page is one file, and the program needs none of them when it runs.
find_file(TSE_CHART_JS NAMES chart.umd.min.js chart.umd.js chart.min.js Chart.min.js
  PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH REQUIRED
  DOC "Chart.js as one classic script, from Debian's package libjs-chart.js")

# tse_embed_page(TARGET): adds that source to it.
function(tse_embed_page target)
  set(page "${PROJECT_SOURCE_DIR}/src/report/page")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/report/embedded.cpp")
  set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake")
  set(names Frame Page Agreement Style Script Comparison ComparisonStudy ComparisonGroups ComparisonScript
    Search SearchWinner SearchPlots SearchCompare SearchCurves SearchScript OneShot OneShotAgreement OneShotScript
    Differentiate DifferentiateEpochs DifferentiateShares DifferentiateScript Parts Chart)
  set(files "${page}/frame.html" "${page}/report.html" "${page}/agreement.html" "${page}/report.css" "${page}/report.js"
    "${page}/comparison.html" "${page}/comparison_study.html" "${page}/comparison_groups.html" "${page}/comparison.js"
    "${page}/search.html" "${page}/search_winner.html" "${page}/search_plots.html" "${page}/search_compare.html"
    "${page}/search_curves.html" "${page}/search.js" "${page}/oneshot.html" "${page}/oneshot_agreement.html"
    "${page}/oneshot.js" "${page}/differentiate.html" "${page}/differentiate_epochs.html"
    "${page}/differentiate_shares.html" "${page}/differentiate.js" "${page}/parts.js"
    "${TSE_CHART_JS}")
  add_custom_command(OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${source}" "-DNAMES=${names}" "-DFILES=${files}" -P "${script}"
    DEPENDS ${files} "${script}"
    COMMENT "Embedding the report's page"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()
