// The least Bolt for JavaScript needs to answer a mention in its thread. Environment: PORT, SLACK_API, SLACK_SIGNING_SECRET.
const { App, HTTPReceiver } = require('@slack/bolt');

const receiver = new HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET, endpoints: '/slack/events' });
const app = new App({
  receiver,
  token: 'xoxb-fake',
  logLevel: 'warn',
  clientOptions: { slackApiUrl: process.env.SLACK_API },
});
app.event('app_mention', async ({ event, say }) => {
  await say({ text: `ran: ${event.text}`, thread_ts: event.ts });
});
app.start({ port: Number(process.env.PORT), host: '127.0.0.1' });
