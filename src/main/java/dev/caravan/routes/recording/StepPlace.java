package dev.caravan.routes.recording;

import org.apache.camel.NamedNode;
import org.apache.camel.model.OptionalIdentifiedDefinition;

/**
 * Where a step stands.
 *
 * @param id that the file gives it; null if it gives none
 * @param kind such as {@code setBody}
 * @param line where it begins in the file; null if it is in no file
 */
public record StepPlace(RecordedRoute route, String id, String kind, Integer line) {
    /** Not the id that Camel gives a step: it has another number in each revision of the file. */
    public static StepPlace of(RecordedRoute route, NamedNode step, Integer line) {
        String id = step instanceof OptionalIdentifiedDefinition<?> known && known.hasCustomIdAssigned()
                ? step.getId()
                : null;
        return new StepPlace(route, id, step.getShortName(), line);
    }
}
