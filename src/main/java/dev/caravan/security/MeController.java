package dev.caravan.security;

import java.util.Arrays;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;

/** Tells whoever asks who that is. With the answer comes the cookie that pages need to change anything. */
@RestController
class MeController {
    /**
     * Who asks.
     *
     * @param name null for somebody who has not logged in
     * @param roles all that one may act as, the ones below included
     */
    record Me(String name, List<String> roles) {}

    @GetMapping("/me")
    ResponseEntity<Me> me(Authentication login, @RequestAttribute("_csrf") CsrfToken token) {
        token.getToken(); // asked for, it is sent
        List<String> roles = Arrays.stream(Role.values())
                .filter(role -> role.isOf(login))
                .map(Role::text)
                .toList();
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .body(new Me(login == null ? null : login.getName(), roles));
    }
}
