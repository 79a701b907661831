package dev.caravan.bench;

/** A part of the benchmark that can be run by itself. */
interface Section {
    /**
     * Measures.
     *
     * @return the figures, as Markdown
     * @throws Exception if something is not correct: work was lost, rejected or came in the wrong order
     */
    String run() throws Exception;
}
