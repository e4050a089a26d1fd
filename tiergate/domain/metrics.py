"""What the gateway's metrics are called in CloudWatch: functions write them, dashboard and alarms read them."""

NAMESPACE = "Tiergate"
