package dev.caravan.routes.recording;

/**
 * A step that an exchange has come to.
 *
 * @param number from 0, in the order in which the steps began; a step within another one comes after it
 * @param parent the number of the step in which it is; null if it is right in the route
 * @param route the id of its route
 * @param id of the step; null if the file gives it none
 * @param kind such as {@code setBody}
 * @param line where it begins in the file; null if it is in no file
 * @param target the endpoint or bean that it has called, without secrets; null if it called none, or messages are not recorded
 * @param startMicros when it began, from the start of the recording
 * @param micros how long it took; null if it has not ended
 * @param before null if messages are not recorded
 * @param after null if it has not ended, or messages are not recorded: then only what failed last has it
 * @param error what it failed with; null if it did not
 */
public record RecordedStep(
        int number,
        Integer parent,
        String route,
        String id,
        String kind,
        Integer line,
        String target,
        long startMicros,
        Long micros,
        RecordedMessage before,
        RecordedMessage after,
        String error) {}
