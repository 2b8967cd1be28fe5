#!/usr/bin/env bash
# The index of a data pack step by step, without a window: indicators once, then the whole index and each dimension.
#
#     docs/examples/dimensions.sh PACK FOLDER
#
# Debian's wrapper of QGIS 3.22 passes qgis_process a flag that it refuses; there, set QGIS_PROCESS=qgis_process.bin.
set -euo pipefail

pack=$1 folder=$2
process=${QGIS_PROCESS:-qgis_process}
mkdir -p "$folder"

"$process" run hyperlocalneed:convert -- PACK="$pack" indicators:OUTPUT="$folder/indicators.gpkg"
"$process" run hyperlocalneed:full_index -- INPUT="$folder/indicators.gpkg" PACK="$pack" \
    MISSING=exclude MISSING_INDICATORS=leave_out need:OUTPUT="$folder/need.gpkg"
for dimension in growth energy streets opportunity health; do
    "$process" run "hyperlocalneed:dimension_$dimension" -- INPUT="$folder/indicators.gpkg" PACK="$pack" \
        MISSING=exclude MISSING_INDICATORS=leave_out need:OUTPUT="$folder/$dimension.gpkg"
done
