package dev.caravan.job;

/** Limits of types, as notes of handlers write them. */
public final class Limits {
    private Limits() {}

    public static TypeLimits of(String note) {
        return new JobTypeNote(note).type().limits();
    }
}
