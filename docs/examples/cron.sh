#!/bin/sh
# Scan an archive every hour; cron mails what this prints, and it prints only what is news.
#   15 * * * *  H2O_LOGS=/srv/h2o-logs H2O_FORENSICS_CATALOG=/srv/h2o-catalog  /usr/local/bin/scan-h2o-logs
set -u
export H2O_FORENSICS_CATALOG
: "${H2O_LOGS:?the archive}" "${H2O_FORENSICS_CATALOG:?where results are kept}"
summary="$H2O_FORENSICS_CATALOG.last.json"

# Two scans at once do no harm, they only do the same work twice.
exec 9>"$H2O_FORENSICS_CATALOG.lock"
flock --nonblock 9 || exit 0

h2o-forensics scan "$H2O_LOGS" --quiet --reports --since-last --fail-on high --summary "$summary"
code=$?
case $code in
    0) ;;
    1)
        echo "New H2O runs with grave findings: see $H2O_FORENSICS_CATALOG/fleet.html"
        h2o-forensics catalog runs --verdict incident --limit 20
        ;;
    *) echo "The scan of $H2O_LOGS ended with $code; the next one goes on from there." ;;
esac
exit "$code"
