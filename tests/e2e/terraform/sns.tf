resource "aws_sns_topic" "alarms" {
  name         = "alarms"
  display_name = "Alarms"
  tags = {
    team = "web"
  }
}

data "aws_iam_policy_document" "publish" {
  statement {
    sid       = "CloudWatchPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.publish.json
}

resource "aws_sns_topic" "orders" {
  name                        = "orders.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_subscription" "channel" {
  topic_arn            = aws_sns_topic.alarms.arn
  protocol             = "https"
  endpoint             = "https://global.sns-api.chatbot.amazonaws.com"
  filter_policy        = jsonencode({ severity = ["high"] })
  raw_message_delivery = false
}
