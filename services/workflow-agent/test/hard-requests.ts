import type { Asked, Drawn } from "./corpus.ts";

/**
 * Requests that are easily misread: each was judged by hand. What is drawn is what was asked for; everything else is
 * asked about, with its words, and nothing is drawn. A change that draws more moves a line up; none may draw something else.
 */
export const HARD_DRAWN: readonly Drawn[] = [
  {
    say: "when an order comes in via webhook and country is DE or AT, post it to https://y.test/dach",
    draws: [
      "WEBHOOK",
      'IF $exists(input[$exists(country[$ = "DE" or $ = "AT"])])',
      "true: HTTP POST https://y.test/dach body=trigger",
    ],
  },
  {
    say: "When a form is submitted then send me a Slack message with the name and the email",
    draws: [
      "WEBHOOK",
      'SLACK "name: " & $string(input.name) & ", " & "email: " & $string(input.email) needs /webhook_url',
    ],
  },
  {
    say: "Every morning at 8 fetch https://news.test/rss, let GPT pick the three most important stories and post them to #news",
    draws: [
      "CRON 0 8 * * *",
      "HTTP GET https://news.test/rss",
      "GENERATE prompt=pick the three most important stories",
      "SLACK $string(input) needs /webhook_url",
    ],
  },
  {
    say: "on the 1st of every month at 6 fetch https://x.test/invoices, summarize it and post it to #finance",
    draws: [
      "CRON 0 6 1 * *",
      "HTTP GET https://x.test/invoices",
      "GENERATE prompt=summarize it",
      "SLACK $string(input) needs /webhook_url",
    ],
  },
  {
    say: "fetch https://x.test/orders and, unless total is below 10 or state is closed, post it to https://y.test/hook",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/orders",
      'IF $exists(input.body[$exists(total[$amount($) < 10]) or $exists(state[$ = "closed"])])',
      "false: HTTP POST https://y.test/hook body=nodes.fetch_orders.body",
    ],
  },
  { say: "every evening at 8 call https://x.test/a", draws: ["CRON 0 20 * * *", "HTTP GET https://x.test/a"] },
  {
    say: 'every night at 11 tell #ops "good night"',
    draws: ["CRON 0 23 * * *", "SLACK good night needs /webhook_url"],
  },
  { say: "on fridays at 5pm call https://x.test/a", draws: ["CRON 0 17 * * 5", "HTTP GET https://x.test/a"] },
  { say: 'post {"a":{"b":1}} to https://y.test/b', draws: ["MANUAL", 'HTTP POST https://y.test/b body={"a":{"b":1}}'] },
  {
    say: "fetch https://x.test/orders, post the orders to #ops",
    draws: ["MANUAL", "HTTP GET https://x.test/orders", "SLACK $string(input.body) needs /webhook_url"],
  },
  {
    say: 'every day at 9 fetch https://x.test/a, if status is not 200 tell #ops "down"',
    draws: [
      "CRON 0 9 * * *",
      "HTTP GET https://x.test/a",
      "result of fetch_a and error of fetch_a: IF $not(nodes.fetch_a.status = 200)",
      "true: SLACK down needs /webhook_url",
    ],
  },
  {
    say: 'fetch https://x.test/a, if total is over 5 and under 10 tell #ops "x"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(total[$amount($) > 5]) and $exists(total[$amount($) < 10])])",
      "true: SLACK x needs /webhook_url",
    ],
  },
  {
    say: "fetch https://x.test/a,b?x=1 & post it to #ops",
    draws: ["MANUAL", "HTTP GET https://x.test/a,b?x=1", "SLACK $string(input.body) needs /webhook_url"],
  },
  {
    say: 'fetch https://x.test/a, if total is over 5 tell #ops "x" else if total is over 3 tell #sales "y" else tell #all "z"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(total[$amount($) > 5])])",
      "true: SLACK x needs /webhook_url",
      "false of if_total_is_over_5: IF $exists(nodes.fetch_a.body[$exists(total[$amount($) > 3])])",
      "true: SLACK y needs /webhook_url",
      "false of if_total_is_over_3: SLACK z needs /webhook_url",
    ],
  },
  {
    say: "Every weekday at 8:30 London time fetch https://x.test/leads and post it to #sales on Slack",
    draws: [
      "CRON 30 8 * * 1-5 Europe/London",
      "HTTP GET https://x.test/leads",
      "SLACK $string(input.body) needs /webhook_url",
    ],
  },
  {
    say: 'At 6pm every friday send {"event":"weekly"} to https://x.test/hook',
    draws: ["CRON 0 18 * * 5", 'HTTP POST https://x.test/hook body={"event":"weekly"}'],
  },
  {
    say: "every monday, wednesday and friday at 7 call https://x.test/a",
    draws: ["CRON 0 7 * * 1,3,5", "HTTP GET https://x.test/a"],
  },
  { say: "daily at 23:59 delete https://x.test/tmp", draws: ["CRON 59 23 * * *", "HTTP DELETE https://x.test/tmp"] },
  {
    say: "every 6 hours get https://x.test/a and put it to https://y.test/b",
    draws: ["CRON 0 */6 * * *", "HTTP GET https://x.test/a", "HTTP PUT https://y.test/b body=input.body"],
  },
  {
    say: "call https://x.test/a, wait 30 seconds, call https://x.test/b",
    draws: ["MANUAL", "HTTP GET https://x.test/a", "DELAY 30", "HTTP GET https://x.test/b"],
  },
  {
    say: 'get https://x.test/a. if items is empty tell #ops "nothing left"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      'IF $exists(input.body[$not($exists(items[$ != null and $ != ""]))])',
      "true: SLACK nothing left needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a, and if count is zero tell #ops "none"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(count[$amount($) = 0])])",
      "true: SLACK none needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if price is at most $19.99 tell #deals "cheap"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(price[$amount($) <= 19.99])])",
      "true: SLACK cheap needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if price < 20 and stock > 0, tell #deals "cheap"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(price[$amount($) < 20]) and $exists(stock[$amount($) > 0])])",
      "true: SLACK cheap needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if price < 20 or stock = 0, tell #deals "cheap"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(price[$amount($) < 20]) or $exists(stock[$amount($) = 0])])",
      "true: SLACK cheap needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if price isn\'t 20 tell #deals "changed"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$not($exists(price[$amount($) = 20]))])",
      "true: SLACK changed needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if user.email does not contain "@corp.test" tell #sec "outsider"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      'IF $exists(input.body[$not($exists(user.email[$contains($string($), "@corp.test")]))])',
      "true: SLACK outsider needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a and if total is not over 5 tell #ops "low"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "IF $exists(input.body[$exists(total[$amount($) <= 5])])",
      "true: SLACK low needs /webhook_url",
    ],
  },
  {
    say: "get https://x.test/a and send a Slack message to #ops with the name and the total",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      'SLACK "name: " & $string(input.body.name) & ", " & "total: " & $string(input.body.total) needs /webhook_url',
    ],
  },
  {
    say: "get https://x.test/a, rename total to amount and post it to https://y.test/b",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      'DATA_TRANSFORMATION input.body ~> | $ | { "amount": total }, ["total"] |',
      "HTTP POST https://y.test/b body=input",
    ],
  },
  {
    say: "get https://x.test/a, count the entries and post the result to #ops",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      'DATA_TRANSFORMATION { "count": $count(input.body) }',
      "SLACK $string(input) needs /webhook_url",
    ],
  },
  {
    say: "get https://x.test/a, summarize it in German and post it to #ops",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "GENERATE prompt=summarize it in German",
      "SLACK $string(input) needs /webhook_url",
    ],
  },
  {
    say: "get https://x.test/a, translate it to French and post it to #ops",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "GENERATE prompt=translate it to French",
      "SLACK $string(input) needs /webhook_url",
    ],
  },
  {
    say: 'get https://x.test/a, ask me to approve, and if I approve post it to https://y.test/b, if I reject tell #ops "no"',
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "APPROVAL prompt=Do you approve the next step: POST it to https://y.test/b?",
      "approved: HTTP POST https://y.test/b body=nodes.fetch_a.body",
      "rejected of ask_for_approval: SLACK no needs /webhook_url",
    ],
  },
  {
    say: "when an invoice is created and total is over 500 ask me to approve within 2 days, then post it to https://y.test/pay",
    draws: [
      "WEBHOOK",
      "IF $exists(input[$exists(total[$amount($) > 500])])",
      "true: APPROVAL prompt=Do you approve the next step: POST it to https://y.test/pay? expires_after_seconds=172800",
      "approved: HTTP POST https://y.test/pay body=trigger",
    ],
  },
  {
    say: "fetch https://x.test/a then fetch https://x.test/b and post it to #ops",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "HTTP GET https://x.test/b",
      "SLACK $string(input.body) needs /webhook_url",
    ],
  },
  {
    say: "fetch https://x.test/a?date=today and post it to #ops",
    draws: ["MANUAL", "HTTP GET https://x.test/a?date=today", "SLACK $string(input.body) needs /webhook_url"],
  },
  {
    say: 'fetch "https://x.test/a" and post it to #ops',
    draws: ["MANUAL", "HTTP GET https://x.test/a", "SLACK $string(input.body) needs /webhook_url"],
  },
  {
    say: "fetch https://x.test/a, then: post it to #ops; also delete https://x.test/a",
    draws: [
      "MANUAL",
      "HTTP GET https://x.test/a",
      "SLACK $string(input.body) needs /webhook_url",
      "HTTP DELETE https://x.test/a",
    ],
  },
  {
    say: "first fetch https://x.test/a, then post it to #ops",
    draws: ["MANUAL", "HTTP GET https://x.test/a", "SLACK $string(input.body) needs /webhook_url"],
  },
  {
    say: "can you fetch https://x.test/a every day at 9 please?",
    draws: ["CRON 0 9 * * *", "HTTP GET https://x.test/a"],
  },
];

/** `asks`: the id of the question, or "nothing" where the answer only says what cannot be done. */
export const HARD_ASKED: readonly Asked[] = [
  {
    say: "When I get an email from my boss, forward it to slack #boss",
    asks: "nothing",
    naming: ["When I get an email from my boss", "forward it to slack #boss"],
  },
  {
    say: "Create a GitHub issue in acme/web when https://x.test/errors returns more than 100",
    asks: "nothing",
    naming: ["Create a GitHub issue in acme/web when https://x.test/errors returns more than 100"],
  },
  {
    say: "fetch https://x.test/orders and for each order post it to https://y.test/o",
    asks: "not_understood",
    naming: ["each"],
  },
  {
    say: "for every order in https://x.test/orders tell #ops",
    asks: "not_understood",
    naming: ["every order in https://x.test/orders"],
  },
  {
    say: "every hour fetch https://x.test/orders, for each one over 100 tell #ops",
    asks: "not_understood",
    naming: ["each one over 100"],
  },
  { say: "call https://x.test/job until it returns done", asks: "not_understood", naming: ["until it returns done"] },
  { say: "fetch https://x.test/a, on error tell #ops", asks: "not_understood", naming: ["error"] },
  { say: "fetch https://x.test/a, if it fails tell #ops", asks: "not_understood", naming: ["if it fails"] },
  {
    say: "fetch https://x.test/a and https://x.test/b in parallel, then post both to #ops",
    asks: "not_understood",
    naming: ["https://x.test/b in parallel", "both"],
  },
  {
    say: "fetch https://x.test/orders and post it to https://y.test/hook, but first ask me",
    asks: "not_understood",
    naming: ["first ask"],
  },
  {
    say: "fetch https://x.test/orders and post it to https://y.test/hook after I approve",
    asks: "not_understood",
    naming: ["after I approve"],
  },
  {
    say: "fetch https://x.test/orders, ask me before you post it to https://y.test/hook",
    asks: "not_understood",
    naming: ["ask me before you post it to https://y.test/hook"],
  },
  {
    say: "every first monday of the month at 9 call https://x.test/a",
    asks: "not_understood",
    naming: ["every first monday of the month"],
  },
  { say: "every second friday at 9 call https://x.test/a", asks: "not_understood", naming: ["friday at 9"] },
  { say: "every other day at 9 call https://x.test/a", asks: "not_understood", naming: ["every other day"] },
  { say: "every 2 days at 9am call https://x.test/a", asks: "not_understood", naming: ["every 2 days"] },
  { say: "every day at 9am and 5pm call https://x.test/a", asks: "not_understood", naming: ["5pm"] },
  {
    say: "every quarter on the 1st at noon call https://x.test/a",
    asks: "not_understood",
    naming: ["every quarter on the 1st"],
  },
  {
    say: "every 15 minutes between 9 and 17 call https://x.test/a",
    asks: "not_understood",
    naming: ["between 9 and 17"],
  },
  { say: "every weekday except friday at 9 call https://x.test/a", asks: "not_understood", naming: ["except friday"] },
  { say: "on friday at 5pm call https://x.test/a", asks: "not_understood", naming: ["friday"] },
  { say: "twice a day call https://x.test/a", asks: "not_understood", naming: ["twice a day"] },
  { say: "every hour and a half call https://x.test/a", asks: "not_understood", naming: ["half"] },
  { say: "every half hour call https://x.test/a", asks: "interval", naming: [] },
  {
    say: "when a paid order comes in post it to https://y.test/a",
    asks: "not_understood",
    naming: ["when a paid order comes"],
  },
  {
    say: "when an order over 100 comes in post it to https://y.test/a",
    asks: "not_understood",
    naming: ["when an order over 100 comes"],
  },
  {
    say: "when a pull request is opened on github tell #dev",
    asks: "not_understood",
    naming: ["when a pull request is opened on github"],
  },
  {
    say: "post it to https://y.test/a if total is over 5 and tell #ops",
    asks: "not_understood",
    naming: ["total is over 5"],
  },
  {
    say: 'fetch https://x.test/a, post it to https://y.test/a if total is over 5 and tell #ops "done"',
    asks: "not_understood",
    naming: ["total is over 5"],
  },
  {
    say: 'fetch https://x.test/a, post it to https://y.test/b and tell #ops "x" if total is over 5',
    asks: "not_understood",
    naming: ["total is over 5"],
  },
  {
    say: 'fetch https://x.test/a, if total is over 5 tell #ops "big", then post it to https://y.test/b',
    asks: "case",
    naming: [],
  },
  {
    say: 'fetch https://x.test/a. If total is over 5 tell #ops "big". Post it to https://y.test/b.',
    asks: "case",
    naming: [],
  },
  {
    say: "fetch https://x.test/a with header X-Api-Key: abc",
    asks: "not_understood",
    naming: ["header X-Api-Key: abc"],
  },
  { say: 'post {"a": id} to https://y.test/b', asks: "not_understood", naming: ["{'a': id}"] },
  { say: 'tell #ops "order {{id}} is late"', asks: "nothing", naming: ["tell #ops 'order {{id}} is late'"] },
  { say: "tell #ops and #sales that it is late every day at 9", asks: "not_understood", naming: ["#sales"] },
  {
    say: "fetch https://x.test/orders, keep only the latest and post it to #ops",
    asks: "not_understood",
    naming: ["keep only the latest"],
  },
  {
    say: "fetch https://x.test/orders, remove duplicates and post it to #ops",
    asks: "not_understood",
    naming: ["remove duplicates"],
  },
  {
    say: "fetch https://x.test/orders, sort by date and post it to #ops",
    asks: "not_understood",
    naming: ["sort by date"],
  },
  {
    say: "fetch https://x.test/orders, post the unpaid orders to #ops",
    asks: "not_understood",
    naming: ["unpaid orders"],
  },
  {
    say: "fetch the titles from https://x.test/orders and post them to #ops",
    asks: "not_understood",
    naming: ["titles"],
  },
  {
    say: "fetch the unpaid orders from https://x.test/orders and post them to #ops",
    asks: "not_understood",
    naming: ["unpaid"],
  },
  { say: "wait until 5pm then call https://x.test/a", asks: "not_understood", naming: ["until 5pm"] },
  {
    say: "call https://x.test/a, wait up to 10 minutes, then call https://x.test/b",
    asks: "not_understood",
    naming: ["up"],
  },
  {
    say: "call https://x.test/a with a timeout of 5 seconds",
    asks: "not_understood",
    naming: ["timeout of 5 seconds"],
  },
  { say: "if today is monday call https://x.test/a", asks: "not_understood", naming: ["if today is monday"] },
  {
    say: 'every day at 9 fetch https://x.test/a, if it has changed since yesterday tell #ops "changed"',
    asks: "condition",
    naming: ["it has changed since yesterday"],
  },
  {
    say: 'every day at 9 fetch https://x.test/a, if status is 500 tell #ops "down"',
    asks: "not_understood",
    naming: ["status is 500"],
  },
  { say: "every day at 9 fetch https://x.test/a, if status is not 200 tell #ops", asks: "text", naming: [] },
  {
    say: 'fetch https://x.test/a, if no total is over 5 tell #ops "x"',
    asks: "not_understood",
    naming: ["if no total is over 5"],
  },
  {
    say: 'fetch https://x.test/a, if all totals are over 5 tell #ops "x"',
    asks: "not_understood",
    naming: ["if all totals are over 5"],
  },
  {
    say: 'fetch https://x.test/a, if country is not DE or AT tell #ops "x"',
    asks: "not_understood",
    naming: ["if country is not DE or AT"],
  },
  {
    say: 'fetch https://x.test/a, if total is between 5 and 10 tell #ops "x"',
    asks: "not_understood",
    naming: ["if total is between 5 and 10"],
  },
  {
    say: 'fetch https://x.test/a, if total is over 1,5 tell #ops "x"',
    asks: "not_understood",
    naming: ["if total is over 1", "5"],
  },
  { say: 'fetch https://x.test/a, if total is over 1.000 tell #ops "x"', asks: "value", naming: [] },
  {
    say: 'fetch https://x.test/a, if total is over 5 and state is open or country is DE tell #ops "x"',
    asks: "not_understood",
    naming: ["if total is over 5 and state is open or country is DE"],
  },
  {
    say: "fetch https://x.test/a, if total is over 1000 ask me to approve, if state is open post it to https://y.test/b",
    asks: "not_understood",
    naming: ["state is open"],
  },
  {
    say: 'fetch https://x.test/a, if total is over 1000 ask me to approve, then post it to https://y.test/b, otherwise tell #ops "no"',
    asks: "not_understood",
    naming: ["otherwise tell #ops "],
  },
  {
    say: 'every day at 9 fetch https://x.test/a and every friday at 5 tell #ops "x"',
    asks: "not_understood",
    naming: ["every friday at 5"],
  },
  { say: 'fetch https://x.test/a, then at 9am tell #ops "x"', asks: "not_understood", naming: ["9am"] },
  {
    say: 'Fetch https://x.test/a and post it to #ops. Every friday at 5pm tell #team "bye"',
    asks: "not_understood",
    naming: ["Every friday at 5pm"],
  },
  {
    say: "when the stock at https://x.test/stock drops below 5 tell #ops",
    asks: "not_understood",
    naming: ["when the stock at https://x.test/stock drops below 5"],
  },
  { say: "when total is over 5 ask me to approve", asks: "trigger", naming: [] },
  {
    say: "ask my boss to approve, then call https://x.test/a",
    asks: "not_understood",
    naming: ["ask my boss to approve"],
  },
  {
    say: "ask the team for approval in #ops, then call https://x.test/a",
    asks: "not_understood",
    naming: ["ask the team for approval in #ops"],
  },
  {
    say: "ask me to approve within 2 hours, otherwise call https://x.test/a",
    asks: "not_understood",
    naming: ["otherwise call https://x.test/a"],
  },
  {
    say: "go to https://x.test/a and click the button",
    asks: "nothing",
    naming: ["go to https://x.test/a and click the button"],
  },
  { say: "every day at 9 fetch https://x.test/a once", asks: "not_understood", naming: ["once"] },
  { say: "only on weekdays at 9 fetch https://x.test/a", asks: "not_understood", naming: ["only"] },
  {
    say: "every weekday at 9 fetch https://x.test/a starting next week",
    asks: "not_understood",
    naming: ["starting next week"],
  },
  {
    say: "every weekday at 9 fetch https://x.test/a until december",
    asks: "not_understood",
    naming: ["until december"],
  },
  { say: "fetch https://x.test/a twice", asks: "not_understood", naming: ["twice"] },
  { say: "fetch https://x.test/a, tell #ops the total", asks: "not_understood", naming: ["total"] },
  { say: "fetch https://x.test/a, tell #ops how many there are", asks: "not_understood", naming: ["how many"] },
  {
    say: "fetch https://x.test/a as csv and put it in a google sheet",
    asks: "not_understood",
    naming: ["csv and put it in a google sheet"],
  },
  {
    say: 'fetch https://x.test/a, if total is over 5 tell #ops "x", otherwise do nothing',
    asks: "not_understood",
    naming: ["nothing"],
  },
  {
    say: "make a daily report of https://x.test/a",
    asks: "not_understood",
    naming: ["make", "report of https://x.test/a"],
  },
  {
    say: "every day at 9am, except on holidays, call https://x.test/a",
    asks: "not_understood",
    naming: ["except on holidays"],
  },
  { say: "on the last day of each month at noon call https://x.test/a", asks: "not_understood", naming: ["last day"] },
  { say: "on the 15th at 9 call https://x.test/a", asks: "not_understood", naming: ["15th"] },
  { say: "on the 1st and 15th of every month at 9 call https://x.test/a", asks: "not_understood", naming: ["1st"] },
  { say: "on january 1st at 9 call https://x.test/a", asks: "not_understood", naming: ["january 1st"] },
  {
    say: "every year on january 1st at 9 call https://x.test/a",
    asks: "not_understood",
    naming: ["every year on january 1st"],
  },
  { say: "in 10 minutes call https://x.test/a", asks: "not_understood", naming: ["10 minutes"] },
  { say: "call https://x.test/a now", asks: "not_understood", naming: ["now"] },
  { say: "call https://x.test/a every 5 minutes for an hour", asks: "not_understood", naming: ["hour"] },
  {
    say: "every 5 minutes call https://x.test/a, but only during business hours",
    asks: "not_understood",
    naming: ["only during business hours"],
  },
  { say: "every hour on the hour call https://x.test/a", asks: "not_understood", naming: ["hour"] },
  { say: "every hour at quarter past call https://x.test/a", asks: "not_understood", naming: ["quarter past"] },
  { say: "every 3 hours starting at 6 call https://x.test/a", asks: "not_understood", naming: ["starting at 6"] },
  { say: "at 7am and 7pm every day call https://x.test/a", asks: "not_understood", naming: ["7pm"] },
  { say: "every morning call https://x.test/a", asks: "time", naming: [] },
  { say: "every weekday at lunch time call https://x.test/a", asks: "time", naming: [] },
  {
    say: "every 20 mins get https://x.test/a and put it to https://y.test/b",
    asks: "not_understood",
    naming: ["every 20 mins"],
  },
  { say: "call https://x.test/a and wait until it is done", asks: "not_understood", naming: ["until", "done"] },
  {
    say: 'call https://x.test/a; if it takes longer than 5 seconds tell #ops "slow"',
    asks: "not_understood",
    naming: ["if it takes longer than 5 seconds"],
  },
  {
    say: 'call https://x.test/a; if it returns 404 tell #ops "gone"',
    asks: "not_understood",
    naming: ["if it returns 404"],
  },
  {
    say: 'call https://x.test/a; if the response contains error tell #ops "bad"',
    asks: "not_understood",
    naming: ["if the response contains error"],
  },
  {
    say: 'call https://x.test/a; if the body contains "error" tell #ops "bad"',
    asks: "not_understood",
    naming: ["if the body contains 'error'"],
  },
  {
    say: 'get https://x.test/a and if total is higher than last time tell #ops "up"',
    asks: "not_understood",
    naming: ["if total is higher than last time"],
  },
  {
    say: 'get https://x.test/a and if more than 3 orders are late tell #ops "late"',
    asks: "not_understood",
    naming: ["if more than 3 orders are late"],
  },
  {
    say: 'get https://x.test/a and if the number of orders is over 3 tell #ops "late"',
    asks: "not_understood",
    naming: ["if the number of orders is over 3"],
  },
  {
    say: 'get https://x.test/a and if any order is late tell #ops "late"',
    asks: "condition",
    naming: ["any order is late"],
  },
  {
    say: 'get https://x.test/a and if every total is over 5 tell #ops "all"',
    asks: "not_understood",
    naming: ["if every total is over 5"],
  },
  {
    say: "get https://x.test/a and if total is over 5 do not tell #ops",
    asks: "not_understood",
    naming: ["if total is over 5 do not tell #ops"],
  },
  { say: "do not call https://x.test/a on weekends", asks: "not_understood", naming: ["not call https://x.test/a"] },
  { say: "never call https://x.test/a", asks: "not_understood", naming: ["never"] },
  { say: "get https://x.test/a and tell #ops only the total", asks: "not_understood", naming: ["only the total"] },
  {
    say: "get https://x.test/a and tell #ops the name and the total",
    asks: "not_understood",
    naming: ["name and the total"],
  },
  {
    say: "get https://x.test/a and post everything except the email to #ops",
    asks: "not_understood",
    naming: ["except the email"],
  },
  { say: "get the first page of https://x.test/a and post it to #ops", asks: "not_understood", naming: ["first"] },
  { say: "get https://x.test/a and post the first item to #ops", asks: "not_understood", naming: ["first item"] },
  {
    say: "get https://x.test/a, keep only id and total, sum up total and post the result to #ops",
    asks: "not_understood",
    naming: ["up total"],
  },
  {
    say: "get https://x.test/a, multiply total by 2 and post it to https://y.test/b",
    asks: "not_understood",
    naming: ["multiply total by 2"],
  },
  {
    say: "get https://x.test/a, count the open orders and post the result to #ops",
    asks: "not_understood",
    naming: ["count the open orders"],
  },
  {
    say: 'get https://x.test/a, ask me to approve, if nobody answers within a day tell #ops "no"',
    asks: "not_understood",
    naming: ["if nobody answers within a day"],
  },
  {
    say: "get https://x.test/a, ask two people to approve, then post it to https://y.test/b",
    asks: "not_understood",
    naming: ["ask two people to approve"],
  },
  {
    say: "get https://x.test/a, have Anna approve it, then post it to https://y.test/b",
    asks: "not_understood",
    naming: ["Anna approve"],
  },
  {
    say: "get https://x.test/a, get approval from #managers, then post it to https://y.test/b",
    asks: "not_understood",
    naming: ["#managers"],
  },
  {
    say: "get https://x.test/a, once approved post it to https://y.test/b",
    asks: "not_understood",
    naming: ["once approved"],
  },
  { say: 'with my approval post {"a":1} to https://y.test/b', asks: "not_understood", naming: ["approval"] },
  {
    say: 'post {"a":1} to https://y.test/b, unless I object within an hour',
    asks: "not_understood",
    naming: ["unless I object within an hour"],
  },
  {
    say: 'post {"a":1} to https://y.test/b and retry on failure',
    asks: "not_understood",
    naming: ["retry on failure"],
  },
  { say: 'post {"a":1} to https://y.test/b three times', asks: "not_understood", naming: ["three times"] },
  {
    say: 'post "hi" to https://y.test/b with basic auth user:pass',
    asks: "not_understood",
    naming: ["basic auth user:pass"],
  },
  { say: "post it as JSON to https://y.test/b when a webhook arrives", asks: "not_understood", naming: ["JSON"] },
  {
    say: "when a webhook arrives with type order.created, post it to https://y.test/b",
    asks: "not_understood",
    naming: ["when a webhook arrives with type order.created"],
  },
  {
    say: "when a webhook arrives and type is order.created post it to https://y.test/b",
    asks: "not_understood",
    naming: ["type is order.created"],
  },
  {
    say: "when a webhook arrives, respond with 200 and post it to https://y.test/b",
    asks: "not_understood",
    naming: ["respond with 200"],
  },
  {
    say: 'when someone joins #general tell #team "hi"',
    asks: "not_understood",
    naming: ["when someone joins #general"],
  },
  {
    say: 'when a file is uploaded to S3 tell #ops "new"',
    asks: "not_understood",
    naming: ["when a file is uploaded to S3"],
  },
  {
    say: 'when the workflow https://x.test/ci fails tell #dev "red"',
    asks: "not_understood",
    naming: ["when the workflow https://x.test/ci fails"],
  },
  { say: "when a customer signs up, wait 3 days, then post it to https://y.test/mail", asks: "trigger", naming: [] },
  {
    say: "when a customer signs up, wait 3 days, and if they have not paid post it to https://y.test/mail",
    asks: "trigger",
    naming: [],
  },
  { say: "when two webhooks arrive post both to https://y.test/b", asks: "not_understood", naming: ["both"] },
  {
    say: "if https://x.test/health is down tell #ops",
    asks: "not_understood",
    naming: ["if https://x.test/health is down"],
  },
  {
    say: "monitor https://x.test/health and alert #ops when it is down",
    asks: "not_understood",
    naming: ["monitor https://x.test/health", "when it is down"],
  },
  {
    say: "compare https://x.test/a with https://x.test/b and tell #ops if they differ",
    asks: "not_understood",
    naming: ["compare https://x.test/a with https://x.test/b"],
  },
  {
    say: "fetch https://x.test/a or, if that fails, https://x.test/b, and post it to #ops",
    asks: "not_understood",
    naming: ["or", "if that fails", "https://x.test/b"],
  },
  {
    say: "fetch https://x.test/a then fetch https://x.test/b and post both to #ops",
    asks: "not_understood",
    naming: ["both"],
  },
  { say: "fetch https://x.test/a and run my script", asks: "not_understood", naming: ["run my script"] },
  {
    say: "fetch https://x.test/orders/{id} and post it to #ops",
    asks: "not_understood",
    naming: ["https://x.test/orders/{id}"],
  },
  {
    say: "fetch https://x.test/a and post it to https://y.test/b and https://z.test/c",
    asks: "not_understood",
    naming: ["https://z.test/c"],
  },
  {
    say: "fetch https://x.test/a and post it to https://y.test/b and to #ops",
    asks: "not_understood",
    naming: ["https://y.test/b"],
  },
  {
    say: "fetch https://x.test/a and post the response to #ops, not to #sales",
    asks: "not_understood",
    naming: ["not to #sales"],
  },
  { say: "fetch https://x.test/a, post it to #ops at most once per day", asks: "not_understood", naming: ["most"] },
  { say: 'if total is over 5 post {"a":1} to https://y.test/b', asks: "source", naming: [] },
  {
    say: "every day at 9 fetch https://x.test/a and tell #ops that it is {{total}}",
    asks: "not_understood",
    naming: ["tell #ops that it is {{total}}"],
  },
  { say: "stop calling https://x.test/a", asks: "nothing", naming: ["stop calling https://x.test/a"] },
  {
    say: "call https://x.test/a instead of https://x.test/b every day at 9",
    asks: "not_understood",
    naming: ["instead of https://x.test/b"],
  },
  { say: "pls fetch https://x.test/a n post it 2 #ops", asks: "not_understood", naming: ["pls", "n", "2"] },
  { say: "first post it to #ops, then fetch https://x.test/a", asks: "text", naming: [] },
  {
    say: "post it to #ops after fetching https://x.test/a",
    asks: "not_understood",
    naming: ["after fetching https://x.test/a"],
  },
  { say: "before posting to #ops fetch https://x.test/a", asks: "not_understood", naming: ["before posting to #ops"] },
  { say: 'fetch https://x.test/a while waiting post "x" to #ops', asks: "not_understood", naming: ["while waiting"] },
  {
    say: "Hi! I need a workflow that fetches https://x.test/a every hour.",
    asks: "not_understood",
    naming: ["Hi", "need a workflow that fetches https://x.test/a"],
  },
  {
    say: "I want to be told in #ops when https://x.test/a changes",
    asks: "nothing",
    naming: ["want to be told in #ops", "https://x.test/a changes"],
  },
  { say: "tell #jokes that every day is fun every day at 9", asks: "not_understood", naming: ["fun every day at 9"] },
  {
    say: 'every day at 9 tell #ops "standup in 5" and at 9:05 tell #ops "standup now"',
    asks: "not_understood",
    naming: ["9:05"],
  },
];
