package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tutorial, typed line by line. */
@Timeout(600)
class TenMinutesIT {
    @Test
    void eachLineOfTheTutorialDoesWhatItShows() throws IOException {
        assertThat(Tour.walk("docs/tutorial/ten-minutes.md", "## Start a node", "## Chat"))
                .hasSizeGreaterThan(25);
    }
}
