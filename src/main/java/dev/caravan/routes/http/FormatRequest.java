package dev.caravan.routes.http;

/** What {@code POST /routes/format} is sent: a file as an author has it in front of them. */
record FormatRequest(String file, String text) {
    /** @throws IllegalArgumentException if it is no such request, with a message for the client */
    static FormatRequest read(byte[] body) {
        FormatRequest request =
                RouteRequest.json(body, FormatRequest.class, "What is to be formatted is JSON with file and text");
        if (request != null && request.file != null && request.text != null) {
            return request;
        }
        throw new IllegalArgumentException("The name of a file is needed, and its text.");
    }
}
