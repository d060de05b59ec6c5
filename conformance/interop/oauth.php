<?php
// The back end of a site, as such sites are written: file_get_contents and nothing more. It is
// served by php -S. Where the API is, and what it is trusted by, comes from the environment.
stream_context_set_default(['ssl' => ['cafile' => getenv('CA'), 'peer_name' => getenv('HOST')], 'http' => ['header' => 'Host: ' . getenv('HOST')]]);
$api = getenv('API');
$app_id = getenv('APP_ID');
$app_secret = getenv('APP_SECRET');

header('Content-Type: text/plain; charset=utf-8');
$auth_key = $_GET['auth_key'] ?? '';
$answer = json_decode(file_get_contents("$api/api/authorize?app_id=$app_id&app_secret=$app_secret&auth_key=$auth_key"), true);
if (empty($answer['access_token'])) {
    echo 'refused: ', $answer['message'] ?? 'no answer';
    return;
}
$access_token = $answer['access_token'];
$person = json_decode(file_get_contents("$api/api/get_user_info?access_token=$access_token"), true);
echo implode(' ', array_keys($person['user_info'])), "\n";
echo $person['user_info']['user_name'], "\n";
foreach ($person['user_info'] as $name => $value) {
    if (!is_string($value)) {
        echo "$name is no text\n";
    }
}
