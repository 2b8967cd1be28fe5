<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="cy" sourcelanguage="en">
<context>
<name>declared</name>
<message>
<source>&amp;Sum up</source>
<translation type="unfinished">C&amp;rynhoi</translation>
</message>
<message>
<source>&amp;Cancel</source>
<translation type="unfinished">&amp;Canslo</translation>
</message>
<message>
<source>Open the &amp;atlas</source>
<translation type="unfinished" />
</message>
<message>
<source>Two pages for each area in QGIS's layout designer, to be edited and exported there</source>
<translation type="unfinished" />
</message>
<message>
<source>name of an area of mine</source>
<translation type="unfinished" />
</message>
<message>
<source>Name of the area to make</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Make it of the selected LSOAs</source>
<translation type="unfinished" />
</message>
<message>
<source>Joins the neighbourhoods that are selected on the map to one area, and sums up; without any, turns on the tool to select them</source>
<translation type="unfinished" />
</message>
<message>
<source>Set of areas</source>
<translation type="unfinished" />
</message>
<message>
<source>The areas that have been laid over this result</source>
<translation type="unfinished" />
</message>
<message>
<source>Copy</source>
<translation type="unfinished">Copïo</translation>
</message>
<message>
<source>Copies the selected rows, or all where fewer than two are selected (Ctrl+C in the table)</source>
<translation type="unfinished" />
</message>
<message>
<source>Save …</source>
<translation type="unfinished">Cadw …</translation>
</message>
<message>
<source>Writes the selected rows, or all, with every field as CSV or XLSX, and their sources beside</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Who is reached …</source>
<translation type="unfinished" />
</message>
<message>
<source>Whom a budget reaches, and whom it misses, by LSOA and by these areas</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Reorganisation …</source>
<translation type="unfinished" />
</message>
<message>
<source>Compares proposals of new councils by the need in them</source>
<translation type="unfinished" />
</message>
<message>
<source>Data packs (pack.json *.zip);;All files (*)</source>
<translation type="unfinished" />
</message>
<message>
<source>Choose a data pack: its pack.json, or a zip</source>
<translation type="unfinished" />
</message>
<message>
<source>The pack.json in a pack's folder, or a pack as a zip</source>
<translation type="unfinished" />
</message>
<message>
<source>pack.json or zip</source>
<translation type="unfinished" />
</message>
<message>
<source>&lt;b&gt;Nothing is loaded yet.&lt;/b&gt; Choose a data pack above. If you have none, try the demonstration: it makes a pack of an invented country with 2,000 neighbourhoods in a temporary folder, in a few seconds. Nothing is downloaded and nothing else on your computer is touched. Or get the official figures of England.</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Try the demonstration</source>
<translation type="unfinished" />
</message>
<message>
<source>Makes a data pack of an invented country, to try everything with</source>
<translation type="unfinished" />
</message>
<message>
<source>Before you run</source>
<translation type="unfinished">Cyn rhedeg</translation>
</message>
<message>
<source>Filter the indicators</source>
<translation type="unfinished">Hidlo'r dangosyddion</translation>
</message>
<message>
<source>Words from any column, such as: health substitute</source>
<translation type="unfinished" />
</message>
<message>
<source>Select an indicator to see what it is, why it is in, and its caveats.</source>
<translation type="unfinished" />
</message>
<message>
<source>They only make the next run of a pack faster; no result needs them</source>
<translation type="unfinished" />
</message>
<message>
<source>Tables (*.xlsx *.ods *.csv *.tsv *.txt *.zip *.gz *.xls);;All files (*)</source>
<translation type="unfinished" />
</message>
<message>
<source>Choose a published file</source>
<translation type="unfinished" />
</message>
<message>
<source>XLSX, ODS, CSV, TSV, a zip or gzip of them, or old XLS</source>
<translation type="unfinished" />
</message>
<message>
<source>Drop a file or folder here</source>
<translation type="unfinished">Gollyngwch ffeil neu ffolder yma</translation>
</message>
<message>
<source>F&amp;older</source>
<translation type="unfinished">Ff&amp;older</translation>
</message>
<message>
<source>Tell apart all files of a folder of downloads</source>
<translation type="unfinished" />
</message>
<message>
<source>&lt;b&gt;Bring your own figures.&lt;/b&gt; Choose a file as its publisher ships it, or a folder of downloads, or drop one here. Nothing is changed in it: you see what was found, and may overrule it, before anything goes into a pack.</source>
<translation type="unfinished" />
</message>
<message>
<source>Files of the folder</source>
<translation type="unfinished" />
</message>
<message>
<source>Double-click a file to look at it</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Look at this file</source>
<translation type="unfinished">&amp;Edrych ar y ffeil hon</translation>
</message>
<message>
<source>The first rows of the clean table</source>
<translation type="unfinished" />
</message>
<message>
<source>Overrule what was found</source>
<translation type="unfinished" />
</message>
<message>
<source>Dimension or sub-dimension that it is summed in</source>
<translation type="unfinished" />
</message>
<message>
<source>The dimension or sub-dimension that your own indicator is summed in</source>
<translation type="unfinished" />
</message>
<message>
<source>What a high value means</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Add to a copy of the pack …</source>
<translation type="unfinished" />
</message>
<message>
<source>Writes a new pack with these figures; the pack in hand stays as it is</source>
<translation type="unfinished" />
</message>
<message>
<source>Type a part of the name</source>
<translation type="unfinished">Teipiwch ran o'r enw</translation>
</message>
<message>
<source>Zoom</source>
<translation type="unfinished">Chwyddo</translation>
</message>
<message>
<source>Zooms the map to the selected neighbourhood</source>
<translation type="unfinished" />
</message>
<message>
<source>Copies the selected rows, or all of them, for a spreadsheet</source>
<translation type="unfinished" />
</message>
<message>
<source>CSV</source>
<translation type="unfinished">CSV</translation>
</message>
<message>
<source>Exports the selected rows, or all of them, with every field of the layer</source>
<translation type="unfinished" />
</message>
<message>
<source>Pick</source>
<translation type="unfinished">Dewis</translation>
</message>
<message>
<source>Then click a neighbourhood on the map to see its profile</source>
<translation type="unfinished" />
</message>
<message>
<source>Sure?</source>
<translation type="unfinished">Sicr?</translation>
</message>
<message>
<source>Works out how sure every rank is, and keeps it in the result</source>
<translation type="unfinished" />
</message>
<message>
<source>Select a bar to read its figures and its source.</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Go to Run</source>
<translation type="unfinished" />
</message>
<message>
<source>Open a &amp;result …</source>
<translation type="unfinished">Agor c&amp;anlyniad …</translation>
</message>
<message>
<source>Puts a finished result, a need.gpkg, on the map</source>
<translation type="unfinished" />
</message>
<message>
<source>Neighbourhoods (LSOAs), or whole districts by their average score</source>
<translation type="unfinished" />
</message>
<message>
<source>The overall measure, a dimension, a sub-dimension or a single indicator</source>
<translation type="unfinished" />
</message>
<message>
<source>How the areas are put into classes</source>
<translation type="unfinished" />
</message>
<message>
<source>Zoom to all</source>
<translation type="unfinished">Dangos y cyfan</translation>
</message>
<message>
<source>Shows all areas of the result</source>
<translation type="unfinished">Yn dangos holl ardaloedd y canlyniad</translation>
</message>
<message>
<source>Save styles</source>
<translation type="unfinished">Cadw arddulliau</translation>
</message>
<message>
<source>Writes every style as a .qml file, for other projects</source>
<translation type="unfinished" />
</message>
<message>
<source>Print sheet</source>
<translation type="unfinished" />
</message>
<message>
<source>Lays the measure out for A4 as a map and as a pair of maps by district, to be edited and printed</source>
<translation type="unfinished" />
</message>
<message>
<source>Open …</source>
<translation type="unfinished">Agor …</translation>
</message>
<message>
<source>Every measure is also a map theme (Layers panel, eye symbol), so that layouts can use it.</source>
<translation type="unfinished" />
</message>
<message>
<source>Open</source>
<translation type="unfinished">Agor</translation>
</message>
<message>
<source>Opens a methodology file</source>
<translation type="unfinished" />
</message>
<message>
<source>Save as</source>
<translation type="unfinished">Cadw fel</translation>
</message>
<message>
<source>Saves the method as it stands in a file of yours</source>
<translation type="unfinished" />
</message>
<message>
<source>Reset</source>
<translation type="unfinished">Ailosod</translation>
</message>
<message>
<source>Back to the published method</source>
<translation type="unfinished">Yn ôl i'r dull a gyhoeddwyd</translation>
</message>
<message>
<source>As published</source>
<translation type="unfinished">Fel y'i cyhoeddwyd</translation>
</message>
<message>
<source>Share the rest out &amp;by itself</source>
<translation type="unfinished" />
</message>
<message>
<source>When one weight changes, the others keep their proportions and all add up to 100 %</source>
<translation type="unfinished" />
</message>
<message>
<source>Gaps in the figures</source>
<translation type="unfinished">Bylchau yn y ffigurau</translation>
</message>
<message>
<source>Lea&amp;ve them out</source>
<translation type="unfinished" />
</message>
<message>
<source>Every output then names them. Without your word the run stops: an incomplete measure is a different one</source>
<translation type="unfinished" />
</message>
<message>
<source>A light warns, it drops nothing: what is unusual may be right. Select an indicator to see its figures.</source>
<translation type="unfinished" />
</message>
<message>
<source>with the &amp;figures of the pack</source>
<translation type="unfinished" />
</message>
<message>
<source>Adds the figures as published, before conversion, of the pack chosen on the Data page; it should be the one that the result was made from</source>
<translation type="unfinished" />
</message>
<message>
<source>F&amp;ull report</source>
<translation type="unfinished" />
</message>
<message>
<source>Makes the report (HTML) with a histogram, box and map for each indicator, and opens it</source>
<translation type="unfinished" />
</message>
<message>
<source>Filter</source>
<translation type="unfinished">Hidlo</translation>
</message>
<message>
<source>Words from any column, such as: health skewed</source>
<translation type="unfinished" />
</message>
<message>
<source>Show the indicators of one light only</source>
<translation type="unfinished" />
</message>
<message>
<source>Select an indicator to see its figures.</source>
<translation type="unfinished">Dewiswch ddangosydd i weld ei ffigurau.</translation>
</message>
<message>
<source>districts, regions or codes, separated by semicolons</source>
<translation type="unfinished" />
</message>
<message>
<source>Ranks and hot spots are then among these areas alone; their figures stay as they are</source>
<translation type="unfinished" />
</message>
<message>
<source>Where the result goes</source>
<translation type="unfinished">Ble i gadw'r canlyniad</translation>
</message>
<message>
<source>A tempo&amp;rary result</source>
<translation type="unfinished">Canlyniad dros &amp;dro</translation>
</message>
<message>
<source>Kept until QGIS is closed</source>
<translation type="unfinished">Cedwir nes cau QGIS</translation>
</message>
<message>
<source>A &amp;folder of mine</source>
<translation type="unfinished">Ff&amp;older o'm heiddo</translation>
</message>
<message>
<source>Choose the folder for the result</source>
<translation type="unfinished" />
</message>
<message>
<source>folder</source>
<translation type="unfinished">ffolder</translation>
</message>
<message>
<source>An earlier result in this folder is replaced once the new one is complete</source>
<translation type="unfinished" />
</message>
<message>
<source>Report, maps and ta&amp;bles as well</source>
<translation type="unfinished" />
</message>
<message>
<source>Writes the HTML report, two maps, CSV tables and the log beside the layers</source>
<translation type="unfinished" />
</message>
<message>
<source>&amp;Keep indicators that cover few areas</source>
<translation type="unfinished" />
</message>
<message>
<source>The areas that such an indicator does not cover get no score, or one that is filled in</source>
<translation type="unfinished" />
</message>
<message>
<source>Comp&amp;ute the index</source>
<translation type="unfinished">Cyfri&amp;fo'r mynegai</translation>
</message>
<message>
<source>Runs in the background; QGIS stays usable</source>
<translation type="unfinished">Yn rhedeg yn y cefndir; gellir defnyddio QGIS o hyd</translation>
</message>
<message>
<source>Cancel ru&amp;n</source>
<translation type="unfinished">Ca&amp;nslo'r rhediad</translation>
</message>
<message>
<source>Stops at the next step; nothing half done is left</source>
<translation type="unfinished" />
</message>
<message>
<source>What the run has said</source>
<translation type="unfinished" />
</message>
<message>
<source>The weights to begin with: a known set, or a scenario that you have saved</source>
<translation type="unfinished" />
</message>
<message>
<source>Keeps these weights under a name, as a method</source>
<translation type="unfinished" />
</message>
<message>
<source>Compute …</source>
<translation type="unfinished">Cyfrifo …</translation>
</message>
<message>
<source>Saves these weights and takes them to the Run page as the method</source>
<translation type="unfinished" />
</message>
<message>
<source>Weights alone are changed; every figure stays as it is. Ranks are relative: where one area comes in, another goes out.</source>
<translation type="unfinished" />
</message>
<message>
<source>Figures come from the publishers' own servers, through QGIS's network. Their addresses are from public code and documentation; the services themselves have not been tried. What fails is listed with its page, to be got by hand.</source>
<translation type="unfinished" />
</message>
<message>
<source>Select a source to read its publisher, date, licence and page.</source>
<translation type="unfinished" />
</message>
<message>
<source>What is known of the selected source</source>
<translation type="unfinished" />
</message>
<message>
<source>Choose a folder for the data pack: an empty one, or that of an earlier pack</source>
<translation type="unfinished" />
</message>
<message>
<source>Folder of the pack</source>
<translation type="unfinished" />
</message>
<message>
<source>What is &amp;newer?</source>
<translation type="unfinished">Beth sy'n &amp;newydd?</translation>
</message>
<message>
<source>Asks each source for its date, size and rows, and fetches nothing</source>
<translation type="unfinished" />
</message>
<message>
<source>Something has to be installed first</source>
<translation type="unfinished" />
</message>
<message>
<source>The plugin installs nothing by itself. If you may not install packages, show this to your IT desk.</source>
<translation type="unfinished" />
</message>
<message>
<source>Chec&amp;k again</source>
<translation type="unfinished">&amp;Gwirio eto</translation>
</message>
<message>
<source>Looks for the packages once more, without a restart of QGIS</source>
<translation type="unfinished" />
</message>
<message>
<source>E&amp;qual</source>
<translation type="unfinished">&amp;Cyfartal</translation>
</message>
<message>
<source>Lets all under the same heading weigh the same</source>
<translation type="unfinished" />
</message>
<message>
<source>Whether a high value of the indicator means high need</source>
<translation type="unfinished" />
</message>
<message>
<source>Whether unreliable small-area figures are moved towards their district's</source>
<translation type="unfinished" />
</message>
</context>
</TS>
