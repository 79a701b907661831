package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The README, typed line by line. */
@Timeout(300)
class TwoCommandsIT {
    @Test
    void eachLineOfTheReadmeDoesWhatItShows() throws IOException {
        assertThat(Tour.walk("README.md", "## Two commands", "## Where to go next"))
                .hasSizeGreaterThan(7);
    }
}
