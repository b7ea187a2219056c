/**
 * Takes docs/playground.png: the Messages tab while the second run of the scenario, which interrupted the
 * first one, is answering. Needs a Chromium. Usage: npm run screenshot
 */
import { launchChromium } from '../test/support/chromium.ts';
import { PlaygroundPage } from '../test/support/playground-page.ts';
import { DEMO_GRAPHS, startTestService } from '../test/support/service.ts';

process.env['INTERJECT_DEMO_PACE'] = '2'; // so that the answer is still being given when the picture is taken

await using service = await startTestService({ langgraphJson: DEMO_GRAPHS });
await using browser = await launchChromium();
const context = await browser.newContext({ viewport: { width: 1400, height: 860 } });
const spectator = await PlaygroundPage.open(await context.newPage(), service.url);
const player = await PlaygroundPage.open(await context.newPage(), spectator.page.url());

await player.play();
await player.shows('"IDLE"');
await spectator.choose('Messages');
await spectator.play();
await spectator.shows('"MessagesReset"');
await player.choose('FirstRun');
await player.play();
await player.shows('"PENDING"');
await player.choose('SecondRun');
await spectator.shows('"ai: It\'s 60 degrees');
await player.play();
await spectator.shows('The sky stays', '"MessageDelta"');
await spectator.page.screenshot({ path: 'docs/playground.png', animations: 'disabled' });
