#!/usr/bin/env bash
# Double-texting with cURL and jq; only the URL is ours.
#
#   examples/langgraph-sdk/scenario.sh http://127.0.0.1:4000
#
# DELAY: seconds between the two messages where the first run is to have said something by then; default 2.
set -euo pipefail
URL=${1:-http://127.0.0.1:4000}
DELAY=${DELAY:-2}
SF="what's the weather in sf?"
NYC="what's the weather in nyc?"

request() { # METHOD PATH [JSON]
  curl --silent --show-error --request "$1" --url "$URL$2" --header 'Content-Type: application/json' ${3+--data "$3"}
}

# Prints the status alone.
status_of() { # METHOD PATH [JSON]
  curl --silent --show-error --output /dev/null --write-out '%{http_code}' --request "$1" --url "$URL$2" \
    --header 'Content-Type: application/json' ${3+--data "$3"}
}

create_thread() { request POST /threads '{}' | jq -r .thread_id; }

body() { # TEXT [STRATEGY]
  jq -cn --arg text "$1" --arg strategy "${2-}" \
    '{assistant_id: "agent", input: {messages: [{role: "user", content: $text}]}} + if $strategy == "" then {} else {multitask_strategy: $strategy} end'
}

create_run() { # THREAD TEXT [STRATEGY]
  request POST "/threads/$1/runs" "$(body "$2" "${3-}")" | jq -r .run_id
}

join_run() { request GET "/threads/$1/runs/$2/join" >/dev/null; }

pretty_print() { # TYPE CONTENT
  local padded=" $1 " line odd=''
  printf -v line '%*s' $(((80 - ${#padded}) / 2)) ''
  line=${line// /=}
  if (( ${#padded} % 2 )); then odd='='; fi
  printf '%s%s%s%s\n\n%b\n\n' "$line" "$padded" "$line" "$odd" "$2"
}

print_thread() {
  request GET "/threads/$1/state" |
    jq -r '.values.messages[] | [.type, (.content | if type == "string" then . else tojson end)] | @tsv' |
    while IFS=$'\t' read -r type content; do pretty_print "$type" "$content"; done
}

printf '\n# interrupt\n\n'
thread=$(create_thread)
first=$(create_run "$thread" "$SF")
sleep "$DELAY"
second=$(create_run "$thread" "$NYC" interrupt)
join_run "$thread" "$second"
print_thread "$thread"
echo "first run: $(request GET "/threads/$thread/runs/$first" | jq -r .status)"

printf '\n# reject\n\n'
thread=$(create_thread)
first=$(create_run "$thread" "$SF")
echo "Failed to start concurrent run: $(status_of POST "/threads/$thread/runs" "$(body "$NYC" reject)")"
join_run "$thread" "$first"
print_thread "$thread"

printf '\n# enqueue\n\n'
thread=$(create_thread)
create_run "$thread" "$SF" >/dev/null
second=$(create_run "$thread" "$NYC" enqueue)
join_run "$thread" "$second"
print_thread "$thread"

printf '\n# rollback\n\n'
thread=$(create_thread)
first=$(create_run "$thread" "$SF")
second=$(create_run "$thread" "$NYC" rollback)
join_run "$thread" "$second"
print_thread "$thread"
echo "first run: $(status_of GET "/threads/$thread/runs/$first")"
