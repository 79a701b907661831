package dev.caravan.routes.recording;

import dev.caravan.component.BodyText;
import dev.caravan.component.BodyText.Beginning;

/** Makes texts of what is recorded, without what nobody may see. Thread-safe. */
public interface Masking {
    /** Hides nothing. */
    Masking NONE = new Masking() {
        @Override
        public Beginning body(Object body, int max) {
            return BodyText.beginning(body, max);
        }

        @Override
        public Beginning header(String name, Object value, int max) {
            return BodyText.beginning(value, max);
        }

        @Override
        public String error(String message) {
            return message;
        }
    };

    /** The beginning of a body. */
    Beginning body(Object body, int max);

    /** The beginning of the value of a header. */
    Beginning header(String name, Object value, int max);

    /** The message of a failure. */
    String error(String message);
}
