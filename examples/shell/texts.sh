# Sends texts by restlink. Reads RESTLINK_BASE_URL and RESTLINK_API_KEY; needs curl and sed.

# ask METHOD PATH [JSON]: prints the reply; fails with restlink's words, after four attempts where it asks for patience.
ask() {
    for pause in 0 1 2 4; do
        sleep "$pause"
        reply=$(curl -sS -w '\n%{http_code}' -X "$1" -H "X-API-Key: $RESTLINK_API_KEY" -H 'Content-Type: application/json' \
            ${3:+--data "$3"} "$RESTLINK_BASE_URL$2") || return
        status=${reply##*
}
        [ "$status" = 429 ] || break
    done
    reply=${reply%
*}
    case $status in
        2*) printf '%s\n' "$reply" ;;
        *) printf '%s: %s\n' "$status" "$reply" >&2; return 1 ;;
    esac
}

# send NUMBER TEXT: prints the message's id.
send() {
    ask POST /sms/send "{\"to\": [\"$1\"], \"message\": \"$2\", \"sender_id\": \"MyApp\"}" | sed -n 's/.*"message_id":"\([^"]*\)".*/\1/p'
}

# status_of ID: prints what became of a message.
status_of() {
    ask GET "/sms/status/$1" | sed -n 's/.*"status":"\([^"]*\)".*/\1/p'
}
