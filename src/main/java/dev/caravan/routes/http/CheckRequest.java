package dev.caravan.routes.http;

/**
 * What {@code POST /routes/check} is sent: a file as an author has it in front of them.
 *
 * @param tests whether the tests beside the file run, too
 */
record CheckRequest(String file, String text, boolean tests) {
    /** @throws IllegalArgumentException if it is no such request, with a message for the client */
    static CheckRequest read(byte[] body) {
        CheckRequest request =
                RouteRequest.json(body, CheckRequest.class, "A check is JSON with file, text, and tests");
        if (request != null && request.file != null && request.text != null) {
            return request;
        }
        throw new IllegalArgumentException("A check needs the name of a file and its text.");
    }
}
