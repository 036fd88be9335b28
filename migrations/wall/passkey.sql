grant select, insert, update (sign_count, last_used_at, name), delete on passkey to holdfast_web;

create policy mine on passkey to holdfast_web
    using (person_id = (select wall.me())) with check (person_id = (select wall.me()));
-- Presenting a credential id finds the one row it belongs to.
create policy presented on passkey for select to holdfast_web using (credential_print = (select wall.secret()));
