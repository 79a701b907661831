package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** A response of HTTP/1.1, with the body as ISO 8859-1. */
record HttpResponse(int status, boolean closes, String body) {
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int HEX = 16;

    /** The response that begins at the first of these bytes; null as long as there are too few of them. */
    static HttpResponse parse(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, ISO_8859_1);
        int body = text.indexOf(END_OF_HEAD) + END_OF_HEAD.length();
        if (body < END_OF_HEAD.length()) {
            return null;
        }
        String size = header(text, body, "content-length");
        String content;
        if (size != null) {
            int end = body + Integer.parseInt(size);
            content = length < end ? null : text.substring(body, end);
        } else {
            content = text.endsWith("0\r\n\r\n") ? chunks(text, body) : null;
        }
        return content == null
                ? null
                : new HttpResponse(
                        Integer.parseInt(text.substring(9, 12)),
                        "close".equalsIgnoreCase(header(text, body, "connection")),
                        content);
    }

    /** The body in the chunks from {@code at}; null if the last one has not come. */
    private static String chunks(String text, int at) {
        StringBuilder content = new StringBuilder();
        int line = at;
        while (true) {
            int data = text.indexOf("\r\n", line) + 2;
            if (data < 2) {
                return null;
            }
            int size = Integer.parseInt(text.substring(line, data - 2), HEX);
            if (size == 0) {
                return content.toString();
            }
            if (data + size + 2 > text.length()) {
                return null;
            }
            content.append(text, data, data + size);
            line = data + size + 2;
        }
    }

    /** The value of a header of a response whose head ends at {@code end}; null if there is none. */
    private static String header(String text, int end, String name) {
        for (int line = text.indexOf("\r\n") + 2; line < end - 2; line = text.indexOf("\r\n", line) + 2) {
            int colon = line + name.length();
            if (text.charAt(colon) == ':' && text.regionMatches(true, line, name, 0, name.length())) {
                return text.substring(colon + 1, text.indexOf("\r\n", colon)).strip();
            }
        }
        return null;
    }
}
