package dev.caravan.component;

/** An event of the application: the node stops, its routes have not ended in time, and what still runs is cut off next. */
public record GraceIsOver() {}
