import { expect, test } from "vitest";
import { settingsFrame } from "./build-frame.ts";
import { SettingId } from "./constants.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { applySettings, INITIAL_SETTINGS, type Settings } from "./settings.ts";

function apply(...pairs: readonly (readonly [number, number])[]): Settings {
  const frame = settingsFrame(pairs);
  return applySettings(INITIAL_SETTINGS, frame, FRAME_HEADER_BYTES, frame.length, () => {});
}

test("parameters change their settings, the last of a name counts, and unknown ones are ignored", () => {
  const settings = apply(
    [SettingId.headerTableSize, 0],
    [SettingId.enablePush, 0],
    [SettingId.maxConcurrentStreams, 7],
    [SettingId.initialWindowSize, 1],
    [SettingId.maxFrameSize, 16_777_215],
    [SettingId.maxHeaderListSize, 8_192],
    [0x4242, 5],
    [SettingId.initialWindowSize, 2],
  );
  expect(settings).toEqual({
    headerTableBytes: 0,
    enablePush: false,
    maxConcurrentStreams: 7,
    initialWindowBytes: 2,
    maxFrameBytes: 16_777_215,
    maxHeaderListBytes: 8_192,
  });
});

test("an empty frame changes nothing", () => {
  expect(apply()).toEqual(INITIAL_SETTINGS);
});

test.each([
  [SettingId.enablePush, 2, "PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH 2"],
  [SettingId.initialWindowSize, 0x8000_0000, "FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE 2147483648"],
  [SettingId.maxFrameSize, 16_383, "PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE 16383"],
  [SettingId.maxFrameSize, 16_777_216, "PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE 16777216"],
])("setting %i may not be %i", (id, value, message) => {
  expect(() => apply([id, value])).toThrow(message);
});
