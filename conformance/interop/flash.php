<?php
// A tool as old manuals teach it: it sends a command and reads until the server ends the
// connection, 1,023 bytes at a time, and cuts white space off the end of all that has come.
// The sample of the document "Server API" does the same, but for two edits:
//
//   1. fsockopen($host, $port, &$errno, &$errstr, 2) is written without the two "&": since
//      PHP 5.4 an argument is not made a reference where a function is called, and the
//      sample does not compile.
//   2. host, port and command come from the command line instead of standing in the text.
$host = $argv[1];
$port = (int)$argv[2];
$apiCommand = $argv[3];
$errno = 0;
$errstr = "";
$resultDoc = "";
$fp = @fsockopen($host, $port, $errno, $errstr, 2);
if (!$fp) {
    echo "no connection\n";
    exit(1);
}
fputs($fp, $apiCommand . "\0");
while (!feof($fp)) {
    $resultDoc .= fgets($fp, 1024);
    $resultDoc = rtrim($resultDoc);
}
$parser = xml_parser_create("UTF-8");
xml_parser_set_option($parser, XML_OPTION_CASE_FOLDING, 0);
xml_parser_set_option($parser, XML_OPTION_SKIP_WHITE, 1);
if (!xml_parse_into_struct($parser, $resultDoc, $values, $tags)) {
    printf("XML error: %s at line %d\n", xml_error_string(xml_get_error_code($parser)), xml_get_current_line_number($parser));
    exit(1);
}
fclose($fp);
// What real sites keep of it.
echo "result ", $values[0]['attributes']['result'], "\n";
echo "elements ", count($values), "\n";
if (isset($argv[4])) {
    print_r($values);
}
