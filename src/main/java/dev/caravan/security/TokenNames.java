package dev.caravan.security;

import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.stereotype.Component;

/** Rejects a token whose {@code sub} could pass for another name: some issuers let people choose theirs. */
@Component
final class TokenNames implements OAuth2TokenValidator<Jwt> {
    private static final OAuth2Error INVISIBLE =
            new OAuth2Error(OAuth2ErrorCodes.INVALID_TOKEN, "The sub has characters that are not visible", null);

    @Override
    public OAuth2TokenValidatorResult validate(Jwt token) {
        String name = token.getSubject();
        return name != null && UserNames.isVisible(name) && !UserNames.mixesAlphabets(name)
                ? OAuth2TokenValidatorResult.success()
                : OAuth2TokenValidatorResult.failure(INVISIBLE);
    }
}
