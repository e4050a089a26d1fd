"""What the gateway's metrics are called in CloudWatch: functions write them, dashboard and alarms read them."""

NAMESPACE = "Tiergate"

USAGE_UNREADABLE = "UsageUnreadable"
"""Counts what of the use of subscriptions could not be read, and so was not recorded."""

SIGN_UP_FAILED = "SignUpFailed"
"""Counts people who could not sign up at the portal for another reason than its rules."""

SYNC = ("Created", "Updated", "Deleted", "Unchanged", "Repaired", "Failed")
"""``SyncCreated`` and so on count what runs of the sync did to native usage plans and keys."""

SYNC_FAILED = "SyncFailed"
