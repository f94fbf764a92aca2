#!/usr/bin/env php
<?php
// Sends one event, signed. Needs PHP 7.4 or later (with openssl for https) and nothing else.
//
//   export CATALOG_URL=https://sync.example.com CATALOG_TENANT=shop CATALOG_SUPPLIER=acme CATALOG_SECRET=whsec_…
//   php send.php CHAIR-01 5
declare(strict_types=1);

const TRIES = 5;

/** One try: the status, the answer, and after how many seconds it is to be tried again (null: not at all). */
function post(string $url, string $key, string $messageId, string $body): array
{
    $timestamp = (string) time();
    $signature = base64_encode(hash_hmac('sha256', "$messageId.$timestamp.$body", $key, true));
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'content-type: application/json',
            "webhook-id: $messageId",
            "webhook-timestamp: $timestamp",
            "webhook-signature: v1,$signature",
        ],
        'content' => $body,
        'ignore_errors' => true,
        'follow_location' => 0,
        'timeout' => 10,
    ]]);
    $answer = @file_get_contents($url, false, $context);
    if ($answer === false) {
        return [0, 'no answer', 2];
    }
    preg_match('/^HTTP\/\S+ (\d+)/', $http_response_header[0], $match);
    $status = (int) $match[1];
    $wait = $status === 429 || $status >= 500 ? 2 : null;
    foreach ($http_response_header as $header) {
        if ($wait !== null && preg_match('/^retry-after: (\d+)/i', $header, $match)) {
            $wait = (int) $match[1];
        }
    }
    return [$status, $answer, $wait];
}

if ($argc < 3) {
    fwrite(STDERR, "usage: send.php SKU QUANTITY [EVENT-ID]\n");
    exit(2);
}
$id = $argv[3] ?? 'evt-' . bin2hex(random_bytes(12));
$url = sprintf(
    '%s/v1/tenants/%s/suppliers/%s/events',
    getenv('CATALOG_URL'),
    getenv('CATALOG_TENANT'),
    getenv('CATALOG_SUPPLIER')
);
$key = base64_decode(substr((string) getenv('CATALOG_SECRET'), strlen('whsec_')));
// The very bytes that are signed are sent, and the same ones with every try: what arrives twice counts once.
$body = json_encode([
    'id' => $id,
    'sku' => $argv[1],
    'quantity' => (int) $argv[2],
    'updatedAt' => gmdate('Y-m-d\TH:i:s\Z'),
]);
$messageId = 'msg-' . bin2hex(random_bytes(12));
for ($try = 1; ; $try++) {
    [$status, $answer, $wait] = post($url, $key, $messageId, $body);
    if ($wait === null || $try === TRIES) {
        break;
    }
    sleep($wait);
}
echo "$status $answer\n";
exit($status === 202 ? 0 : 1);
