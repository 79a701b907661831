package dev.caravan.routes;

import java.util.concurrent.atomic.AtomicInteger;

/** A class that nobody allows, and that knows when somebody made one or called it. */
public class Touched {
    static final AtomicInteger TIMES = new AtomicInteger();
    public static final String CONSTANT = "constant" + TIMES.incrementAndGet();

    public Touched() {
        TIMES.incrementAndGet();
    }

    public static String touch() {
        return "touched" + TIMES.incrementAndGet();
    }
}
