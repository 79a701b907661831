package dev.caravan.routes.recording;

import java.util.Map;

/**
 * A message at one moment.
 *
 * @param body as text; null if there is none
 * @param type the class of the body, without its package; null if there is none
 * @param cut whether the body, or the headers, have more than is here
 * @param headers as texts, by their names
 */
public record RecordedMessage(String body, String type, boolean cut, Map<String, String> headers) {}
