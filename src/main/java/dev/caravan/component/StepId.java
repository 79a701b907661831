package dev.caravan.component;

import org.apache.camel.NamedNode;
import org.apache.camel.model.OptionalIdentifiedDefinition;

/** The id of a step. */
public final class StepId {
    private StepId() {}

    /** The one that its file gives it, or null: the one that Camel gives has another number in each revision of the file. */
    public static String own(NamedNode step) {
        return step instanceof OptionalIdentifiedDefinition<?> known && known.hasCustomIdAssigned()
                ? step.getId()
                : null;
    }
}
