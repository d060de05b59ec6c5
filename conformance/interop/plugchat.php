<?php
// The integration that the document "plugchat API" describes in 2.4, with the edits that
// make it a test: what stands for "true/false" and the cookies come from the environment
// (php-cli has no browser), so does the address of the API, and what happened is printed.
$logged = getenv('LOGGED') === 'true';
foreach (['plugChatUserSessionId', 'plugChatUserStatus'] as $name) {
  if (getenv($name) !== false) {
    $_COOKIE[$name] = getenv($name);
  }
}
// The test's server has a certificate of a test's authority, at a port of this machine.
stream_context_set_default(['ssl' => ['cafile' => getenv('CA'), 'peer_name' => getenv('HOST')], 'http' => ['header' => 'Host: ' . getenv('HOST')]]);

$apiKey = getenv('API_KEY');
$userSessionId = isset($_COOKIE['plugChatUserSessionId']) ? $_COOKIE['plugChatUserSessionId'] : false;
$userStatus = isset($_COOKIE['plugChatUserStatus']) ? $_COOKIE['plugChatUserStatus'] : false;

$action = '';
if ($logged) {
  if ($userStatus && $userStatus != 4) {
    $action = 'login';
    $nick = 'Tiago Fischer';
    $avatar = 'http://static.plugchat.in/images/avatar.png';
    $url = getenv('API') . '?action=login&apiKey=' . urlencode($apiKey) . '&user=' . urlencode($userSessionId) . '&nick=' . urlencode($nick) . '&avatar=' . urlencode($avatar);
  }
} else {
  if ($userStatus && $userStatus == 4) {
    $action = 'logout';
    $url = getenv('API') . '?action=logout&apiKey=' . urlencode($apiKey) . '&user=' . urlencode($userSessionId);
  }
}
if ($action === '') {
  echo "nothing\n";
  exit(0);
}
$answer = json_decode(file_get_contents($url), true);
if ($answer === null || !isset($answer['code'])) {
  echo "$action: no answer\n";
  exit(1);
}
echo "$action: {$answer['code']} {$answer['txt']}\n";
