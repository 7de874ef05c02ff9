#!/bin/bash
# Shows the whole life of two uploads on a real file of 300 MiB, with curl alone: one is completed
# and read back, the other is cancelled half-way, and a second project sees neither. Uses a server
# and a directory of its own, and removes both.
#
# Usage: tools/demo.sh BINARY
set -euo pipefail

binary=$(realpath "$1")
part_bytes=$((50 * 1024 * 1024))
parts=6
work=$(mktemp -d -t partwise-demo-XXXXXX)
server=""

finish() {
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

bold="" plain=""
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
# json FIELD: the field of the object on standard input, as result.file.id.
json() {
  python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name]
print(value)' "$1"
}
# api PATH [CURL ARGUMENTS]: one request that has to succeed.
api() {
  local path=$1
  shift
  curl --silent --show-error --fail-with-body -H "Authorization: Bearer $OPENAI_API_KEY" \
    "$base$path" "$@"
}
space() { du -sm "$work/data" | cut -f1; }
create_upload() {
  api /uploads -d "{\"bytes\": $((parts * part_bytes)), \"filename\": \"demo.bin\",
    \"purpose\": \"user_data\", \"mime_type\": \"application/octet-stream\"}"
}
# add_part UPLOAD NUMBER: sends the piece, and leaves the id of the part in a file.
add_part() {
  api "/uploads/$1/parts" -F "data=@$work/piece.$2" | json id >"$work/part.$2"
}

say "A file of $((parts * part_bytes / 1024 / 1024)) MiB, in $parts pieces"
head -c $((parts * part_bytes)) /dev/urandom >"$work/original"
split --bytes=$part_bytes --numeric-suffixes=1 --suffix-length=1 "$work/original" "$work/piece."
ls -lh "$work/original" | awk '{print "  " $5 " of random bytes"}'

say "A server of its own"
port=$(python3 -c 'import socket
probe = socket.socket()
probe.bind(("127.0.0.1", 0))
print(probe.getsockname()[1])')
export OPENAI_API_KEY="pw-demo-$RANDOM$RANDOM$RANDOM"
base="http://127.0.0.1:$port/v1"
PARTWISE_API_KEY="$OPENAI_API_KEY" "$binary" serve --listen "127.0.0.1:$port" \
  --data-dir "$work/data" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 200); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; fail "the server did not start"; }
  sleep 0.05
done
echo "  $base, ready"

say "Upload: $parts parts at the same time, then complete"
upload=$(create_upload | json id)
echo "  created    $upload"
started=$(date +%s%N)
senders=()
for number in $(seq $parts); do
  add_part "$upload" "$number" &
  senders+=($!)
done
for sender in "${senders[@]}"; do wait "$sender" || fail "a part was not accepted"; done
milliseconds=$((($(date +%s%N) - started) / 1000000))
echo "  uploaded   $parts parts in $milliseconds ms, every byte synced to the disk"
ids=$(for number in $(seq $parts); do printf '"%s",' "$(cat "$work/part.$number")"; done)
md5=$(md5sum <"$work/original" | cut -d' ' -f1)
file=$(api "/uploads/$upload/complete" -d "{\"part_ids\": [${ids%,}], \"md5\": \"$md5\"}" |
  json file.id)
echo "  completed  $file, and the MD5 of the whole is right"

say "Download, and compare"
api "/files/$file/content" --output "$work/copy"
cmp "$work/original" "$work/copy" || fail "the download differs from the original"
echo "  every byte is the same"
rm -f "$work/copy"

say "A second upload, cancelled half-way"
upload=$(create_upload | json id)
echo "  created    $upload"
for number in 1 2 3; do add_part "$upload" "$number"; done
before=$(space)
echo "  half of it has arrived; the data directory holds $before MiB"
echo "  \$ curl $base/uploads/$upload/cancel -X POST"
api "/uploads/$upload/cancel" -X POST | json status | sed 's/^/  status     /'
for _ in $(seq 200); do
  after=$(space)
  [ "$after" -lt $((before - 100)) ] && break
  sleep 0.05
done
echo "  the data directory holds $after MiB: the space is free again"
[ "$after" -lt $((before - 100)) ] || fail "the space of a cancelled upload was not freed"
refusal=$(api "/uploads/$upload/parts" -F "data=@$work/piece.1" 2>/dev/null || true)
echo "  one more part: $(printf '%s' "$refusal" | json error.message)"

say "A second project, which sees nothing of the first"
kept=$(create_upload | json id)
"$binary" projects create guests --quota-bytes 1MiB --open-uploads 1 --data-dir "$work/data" |
  sed 's/^/  /'
guest=$("$binary" keys create --project guests --data-dir "$work/data")
# as_guest PATH [CURL ARGUMENTS]: the status of one request with the key of the second project.
as_guest() {
  local path=$1
  shift
  curl --silent --output "$work/answer" --write-out '%{http_code}' \
    -H "Authorization: Bearer $guest" "$base$path" "$@"
}
for _ in $(seq 200); do
  [ "$(as_guest /uploads)" = 200 ] && break
  sleep 0.05
done
[ "$(as_guest /uploads)" = 200 ] || fail "the new key is not known"
expect_not_found() {
  local status
  status=$(as_guest "$@")
  [ "$status" = 404 ] || fail "$1 answered the second project with $status"
  printf '  %s  %s  %s\n' "$status" "$1" "$(json error.message <"$work/answer")"
}
expect_not_found "/uploads/$kept"
expect_not_found "/uploads/$kept/parts" -F "data=@$work/piece.1"
expect_not_found "/uploads/$kept/cancel" -X POST
expect_not_found "/files/$file"
expect_not_found "/files/$file/content"
[ "$(api "/uploads/$kept" | json status)" = pending ] || fail "the first project lost its upload"
api "/uploads/$kept/cancel" -X POST >"$work/answer"
api "/files/$file" -X DELETE | json id | sed 's/^/  deleted    /'

say "Drain, and check that nothing is lost and nothing left over"
kill -TERM "$server"
wait "$server" || fail "the server did not drain"
server=""
"$binary" fsck --data-dir "$work/data" | sed 's/^/  /'
say "Done."
