#!/bin/sh
# Every test in a sandbox of its own, which its name makes: a path in front of the base URL is all that it takes.
set -eu
cd "$(dirname "$0")"
. ./texts.sh

begin() {
    name=$1
    here=$UNDERSTUDY_URL/~$name
    RESTLINK_BASE_URL=$here/restlink/api/v1
    RESTLINK_API_KEY=$(control GET /credentials | sed -n 's/.*"api_keys":{"16":"\([^"]*\)".*/\1/p')
    control PUT /clock '{"mode": "frozen"}' > /dev/null
}

control() {
    curl -sS --fail-with-body -X "$1" -H "Authorization: Bearer $UNDERSTUDY_CONTROL_TOKEN" -H 'Content-Type: application/json' \
        ${3:+--data "$3"} "$here/_understudy$2"
}

is() {
    [ "$1" = "$2" ] || { echo "not ok - $name: '$1' is not '$2'"; exit 1; }
}

has() {
    case $1 in *"$2"*) ;; *) echo "not ok - $name: no $2 in $1"; exit 1 ;; esac
}

begin sent-and-read-back
is "$(status_of "$(send +14155551234 hi)")" pending
has "$(control GET '/journal?operation=send_sms')" '"hi"'
echo "ok - $name"

begin refused
if no=$(send not-a-number hi 2>&1); then :; fi
has "$no" '"error_code":"INVALID_TO"'
echo "ok - $name"

begin arrives-in-time
message=$(send +14155551234 hi)
control POST /clock/advance '{"seconds": 60}' > /dev/null
is "$(status_of "$message")" DELIVRD
echo "ok - $name"

begin survives-a-rate-limit
control POST /faults '{"api": "restlink", "operation": "send_sms", "rate_limit": {}, "next": 1}' > /dev/null
is "$(status_of "$(send +14155551234 hi)")" pending
has "$(control GET '/journal?status=429')" '"total":1'
echo "ok - $name"

begin apart-from-the-others
# The others have sent much; here nobody has spent a cent.
has "$(ask GET /user/balance)" '"balance":1250.5,'
echo "ok - $name"

begin reports
mailbox=$(mktemp -d)
python mailbox.py "$mailbox" &
trap 'kill $!; rm -r "$mailbox"' EXIT
until [ -s "$mailbox/address" ]; do sleep 0.1; done
ask PUT /user/webhooks "{\"delivery_url\": \"$(cat "$mailbox/address")\"}" > /dev/null
send +14155599901 hi > /dev/null
control POST /clock/advance '{"seconds": 60}' > /dev/null
has "$(control POST /webhooks/deliveries/wait '{"event": "delivery", "count": 2}')" '"met":true'
has "$(cat "$mailbox/2")" '"status":"UNDELIV"'
echo "ok - $name"
