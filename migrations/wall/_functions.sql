-- What is set transaction-locally by app/kit/db.py; empty when not set.
create or replace function wall.door() returns text
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select coalesce(current_setting('app.door', true), '') $$;

-- Who asks: a person counts at the web's own door alone.
create or replace function wall.me() returns uuid
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select nullif(current_setting('app.person', true), '')::uuid where wall.door() = 'web' $$;

create or replace function wall.secret() returns text
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select nullif(current_setting('app.secret', true), '') $$;

-- The sign-in that the browser came with.
create or replace function wall.sign_in() returns uuid
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select nullif(current_setting('app.sign_in', true), '')::uuid where wall.door() = 'web' $$;

create or replace function wall.today() returns date
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select (now() at time zone 'Europe/London')::date $$;

-- A browser presents the fingerprint of its cookie: from here on this transaction acts as the person whose open sign-in
-- it is, else as nobody. Which sign-in it was. It sees what whoever asks may see: the policies of sign_in let it through.
-- However much it is used, a sign-in ends after 180 days, after 12 hours on a device marked "not mine"; but not the only way
-- that somebody has to their things.
create or replace function wall.come_in(secret text)
    returns table (id uuid, person_id uuid, way text, shared_device boolean, last_seen_at timestamptz)
    language plpgsql volatile set search_path = pg_catalog, public
    as $$
    declare
        too_old boolean;
    begin
        perform set_config('app.person', '', true), set_config('app.door', 'web', true), set_config('app.grant', '', true),
                set_config('app.sign_in', '', true), set_config('app.secret', come_in.secret, true);
        select s.id, s.person_id, s.way, s.shared_device, s.last_seen_at,
               s.created_at < now() - case when s.shared_device then interval '12 hours' else interval '180 days' end
            into id, person_id, way, shared_device, last_seen_at, too_old from sign_in s
            where s.token_print = come_in.secret and s.ended_at is null and s.expires_at > now();
        perform set_config('app.secret', '', true), set_config('app.person', coalesce(person_id::text, ''), true),
                set_config('app.sign_in', coalesce(id::text, ''), true);
        if too_old and (shared_device or wall.has_way()) then
            perform set_config('app.person', '', true), set_config('app.sign_in', '', true);
            person_id := null;
        end if;
        if person_id is not null then
            return next;
        end if;
    end
    $$;

-- One clean copy of a file, for whoever presents this fingerprint, in one question: who they are, and of the file what they
-- may see, with what opens it. No row for nobody; a row without a box for somebody who may not see it, or where there is
-- none. It looks past nothing: the policies of media_file, box_key and box let it through.
drop function if exists wall.clean_copy(text, uuid, text);
create function wall.clean_copy(secret text, file uuid, name text)
    returns table (person uuid, last_seen timestamptz, box uuid, memory uuid, owner uuid, box_key bytea, file_key bytea,
                   copy jsonb, looked text, shared boolean)
    language plpgsql volatile set search_path = pg_catalog, public
    as $$
    begin
        select c.person_id, c.last_seen_at, c.shared_device into person, last_seen, shared
            from wall.come_in(clean_copy.secret) c;
        if person is null then
            return;
        end if;
        select f.box_id, f.memory_id, f.sealed_key, k.wrapped, b.owner_id,
               (select each from jsonb_array_elements(f.renditions) each where each->>'name' = clean_copy.name limit 1)
            into box, memory, file_key, box_key, owner, copy
            from media_file f join public.box_key k on k.box_id = f.box_id left join public.box b on b.id = f.box_id
            where f.id = clean_copy.file;
        if owner <> person then
            looked := wall.looked_lately(box, memory);
        end if;
        return next;
    end
    $$;

-- The functions below look past the wall, so they belong to holdfast_wall: a role nobody can sign in as, which may
-- read just the columns named here, and they answer with ids only. `rows` tells the planner how few those are.

-- S1: the boxes I own.
create or replace function wall.my_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$ select id from box where owner_id = wall.me() $$;

-- S2: my connections that are active today.
create or replace function wall.my_connections() returns setof uuid
    language sql stable parallel safe security definer rows 4 set search_path = pg_catalog, public
    as $$
        select id from connection
        where person_id = wall.me() and state = 'active'
          and (starts_on is null or starts_on <= wall.today())
          and (ends_on is null or ends_on >= wall.today())
    $$;

-- The boxes I am connected with.
create or replace function wall.my_connected_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 4 set search_path = pg_catalog, public
    as $$ select box_id from connection where id in (select wall.my_connections()) $$;

-- The boxes I may add to.
create or replace function wall.my_addable_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 4 set search_path = pg_catalog, public
    as $$ select box_id from connection where id in (select wall.my_connections()) and may_add $$;

-- Has this person, where it is the one who asks, a passkey, or two ways in of different kinds: a mailbox, printed codes, an
-- account elsewhere? A device is none, and on one marked "not mine" no way in is added.
create or replace function wall.strong(person uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select strong.person = wall.me()
           and (exists (select from passkey k where k.person_id = strong.person and k.ended_at is null)
                or (exists (select from person p
                            where p.id = strong.person and p.email is not null and p.mailbox_held_at is null))::integer
                 + (exists (select from external_way e
                            where e.person_id = strong.person and e.ended_at is null))::integer
                 + (exists (select from recovery_code c
                            where c.person_id = strong.person and c.used_at is null and c.ended_at is null))::integer >= 2)
    $$;

-- S4: the boxes I keep together with a child; not one day longer than the child's 18th birthday, and by whoever has more
-- than one thing that proves who they are. The person is asked row by row, so that only keepers are asked.
create or replace function wall.my_kept_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 2 set search_path = pg_catalog, public
    as $$
        select b.id
        from connection c join box b on b.id = c.box_id left join box_age a on a.box_id = b.id
        where c.id in (select wall.my_connections()) and c.keeper
          and b.stage = 'kept_together' and (a.adult_on is null or a.adult_on > wall.today())
          and wall.strong(c.person_id)
    $$;

-- C1: the boxes in which I decide.
create or replace function wall.my_run_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 3 set search_path = pg_catalog, public
    as $$ select wall.my_boxes() union all select wall.my_kept_boxes() $$;

-- S5: what the app that asks was let in for, while that counts: not stopped, not paused, not at its end. Every yes has one.
create or replace function wall.my_grant() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select g.id from oauth_grant g join oauth_client c on c.id = g.client_id
        where g.id = nullif(current_setting('app.grant', true), '')::uuid and wall.door() = 'app'
          and g.stopped_at is null and g.paused_at is null and g.ends_at > now()
          and c.ended_at is null
    $$;

-- What it may do: what its grant lets it, as far as the token that it shows was given it too.
create or replace function wall.app_scopes() returns setof text
    language sql stable parallel safe security definer rows 3 set search_path = pg_catalog, public
    as $$
        select scope from oauth_grant g cross join unnest(g.scopes) scope
        where g.id in (select wall.my_grant())
          and scope = any (string_to_array(current_setting('app.scopes', true), ' '))
    $$;

-- The app as a giver, and the box it gives to.
create or replace function wall.app_connections() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$ select connection_id from oauth_grant where id in (select wall.my_grant()) $$;

create or replace function wall.app_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$ select box_id from oauth_grant where id in (select wall.my_grant()) $$;

create or replace function wall.app_addable_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select box_id from oauth_grant
        where id in (select wall.my_grant())
          and exists (select from wall.app_scopes() s where s in ('add:certificate', 'add:photo', 'add:video'))
    $$;

-- The box whose name it may know.
create or replace function wall.app_named_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$ select box_id from oauth_grant where id in (select wall.my_grant()) and 'read:profile' in (select wall.app_scopes()) $$;

-- S5: what S2 gives to the one circle it acts as. Never what is "Only me", never a letter.
create or replace function wall.app_memories() returns setof uuid
    language sql stable parallel safe security definer rows 100 set search_path = pg_catalog, public
    as $$
        select m.id from oauth_grant g join memory m on m.box_id = g.box_id
        where g.id in (select wall.my_grant()) and 'read:circle' in (select wall.app_scopes())
          and m.state = 'kept' and m.audience @> array[g.circle_id] and not m.only_me and m.kind <> 'letter'
          and (m.audience_until is null or m.audience_until >= wall.today())
    $$;

-- Did this app give this memory? It attaches files to what it cannot see.
create or replace function wall.given_by_app(memory uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from memory m
            where m.id = given_by_app.memory and m.box_id = given_by_app.box and m.state = 'arrived'
              and m.added_by is null and m.connection_id in (select wall.app_connections()))
    $$;

create or replace function wall.file_given_by_app(file uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from media_file f
            where f.id = file_given_by_app.file and f.box_id = file_given_by_app.box and f.added_by is null
              and wall.given_by_app(f.memory_id, f.box_id))
    $$;

-- Is this connection an app in this box, and no person?
create or replace function wall.is_app(connection uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from connection c where c.id = is_app.connection and c.box_id = is_app.box and c.state = 'app')
    $$;

-- What the shown code, device code or refresh token is for.
create or replace function wall.presented_grant() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select grant_id from oauth_request
        where request_print = wall.secret() and wall.door() = 'app'
        union all
        select grant_id from oauth_token
        where token_print = wall.secret() and kind = 'refresh' and wall.door() = 'app'
    $$;

-- C5: what whoever asks has looked at within half an hour: "memory" for this one, else "box" for the whole of it, else "".
-- It speaks of their own looks alone.
create or replace function wall.looked_lately(box uuid, memory uuid) returns text
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select coalesce(max(case when l.memory_id is null then 'box' else 'memory' end), '')
        from look l
        where l.box_id = looked_lately.box and l.at > now() - interval '30 minutes'
          and (l.person_id = wall.me() or l.connection_id in (select wall.app_connections()))
          and (l.memory_id = looked_lately.memory or l.what = 'timeline')
    $$;

-- What a box holds, in bytes, for someone who may add to it; null for anyone else. What is on its way in counts too.
create or replace function wall.bytes_in(box uuid) returns bigint
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select ((select coalesce(sum(o.bytes), 0) from media_original o where o.box_id = bytes_in.box)
              + (select coalesce(sum(f.shown_bytes), 0) from media_file f where f.box_id = bytes_in.box)
              + (select coalesce(sum(u.length), 0) from upload u
                 where u.box_id = bytes_in.box and u.state <> 'claimed' and u.expires_at > now()))::bigint
        where bytes_in.box in (select wall.my_run_boxes()) or bytes_in.box in (select wall.my_addable_boxes())
           or bytes_in.box in (select wall.app_addable_boxes())
    $$;

-- S2: the circles I am in today; a connection is also a circle of one.
create or replace function wall.my_circles() returns setof uuid
    language sql stable parallel safe security definer rows 8 set search_path = pg_catalog, public
    as $$
        select circle_id from circle_member
        where connection_id in (select wall.my_connections())
          and (starts_on is null or starts_on <= wall.today())
          and (ends_on is null or ends_on >= wall.today())
        union all
        select id from circle where connection_id in (select wall.my_connections())
    $$;

-- S2, found by the circles and not by the day: what a box shares with me today, `most` things at most. Where few of many
-- things are shared with somebody, there is no need to walk past all the others. What is shown the policies of memory say.
create or replace function wall.shared_with_me(box uuid, most integer) returns setof uuid
    language sql stable parallel safe security definer rows 100 set search_path = pg_catalog, public
    as $$
        with shared as materialized (
            select m.id, m.box_id, m.state, m.audience_until from memory m
            where m.audience && array(select c.id from circle c
                                      where c.box_id = shared_with_me.box and c.id in (select wall.my_circles())))
        select id from shared
        where box_id = shared_with_me.box and state = 'kept' and (audience_until is null or audience_until >= wall.today())
        limit shared_with_me.most
    $$;

-- Circles that may stand in an audience: those of the same box.
create or replace function wall.circles_of(box uuid) returns uuid[]
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$ select coalesce(array_agg(c.id), '{}') from circle c where c.box_id = circles_of.box $$;

-- Did I add this memory to this box? A giver attaches files to a gift that they cannot see.
create or replace function wall.added_by_me(memory uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from memory m
            where m.id = added_by_me.memory and m.box_id = added_by_me.box and m.added_by = wall.me())
    $$;

create or replace function wall.file_added_by_me(file uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from media_file f
            where f.id = file_added_by_me.file and f.box_id = file_added_by_me.box and f.added_by = wall.me())
    $$;

-- What is given belongs to a gift of the same giver to the same box.
create or replace function wall.same_gift(gift uuid, giver uuid, box uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from gift g
            where g.id = same_gift.gift and g.connection_id = same_gift.giver and g.box_id = same_gift.box)
    $$;

-- C1, S4, S6: is this memory one that I decide about? Its owner, and a keeper for what keepers see. A keeper who sees a
-- thing only because it was shared with them is like anyone it was shared with.
create or replace function wall.decided_by_me(memory uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from memory m
            where m.id = decided_by_me.memory
              and (m.box_id in (select wall.my_boxes())
                   or (m.box_id in (select wall.my_kept_boxes()) and m.state in ('arrived', 'kept') and not m.only_me)))
    $$;

-- The presented mail address, while it is not revoked and the one it was given to is welcome. They may have no sign-in.
create or replace function wall.presented_address() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select a.id from mail_address a join connection c on c.id = a.connection_id
        where a.local_print = wall.secret() and a.revoked_at is null and wall.door() = 'mail'
          and c.state in ('known', 'invited', 'active') and c.may_add
          and (c.starts_on is null or c.starts_on <= wall.today())
          and (c.ends_on is null or c.ends_on >= wall.today())
    $$;

-- The box that it belongs to.
create or replace function wall.addressed_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$ select box_id from mail_address where id in (select wall.presented_address()) $$;

-- C4: rows of the ledger are numbered and chained by the database, from where it ended. One box decides one thing at a
-- time.
create or replace function wall.chain_ledger() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
    declare
        last record;
    begin
        perform pg_advisory_xact_lock(hashtextextended('ledger ' || new.box_id::text, 0));
        select number, hash into last from ledger_end where box_id = new.box_id;
        new.number := coalesce(last.number, 0) + 1;
        new.previous := coalesce(last.hash, '');
        new.hash := encode(sha256(convert_to(
            jsonb_build_array(new.box_id, new.number, new.person_id, new.action, new.subject_id, new.sentence,
                              extract(epoch from new.at)::text, new.previous)::text, 'UTF8')), 'hex');
        insert into ledger_end as e (box_id, number, hash) values (new.box_id, new.number, new.hash)
            on conflict (box_id) do update set number = excluded.number, hash = excluded.hash;
        return new;
    end
    $$;

-- C1 for a keeper: a memory may go to where keepers do not see it (S4), which an ordinary update cannot do. The checks
-- are those of the policy keeper_changes.
create or replace function wall.keeper_moves(memory uuid, to_state text, was text, erase date) returns uuid
    language sql volatile security definer set search_path = pg_catalog, public
    as $$
        update memory m
        set state = keeper_moves.to_state, before_trash = keeper_moves.was, erase_on = keeper_moves.erase,
            audience = '{}', audience_until = null, decided_at = now()
        where m.id = keeper_moves.memory and m.box_id in (select wall.my_kept_boxes())
          and m.state in ('arrived', 'kept') and not m.only_me
          and keeper_moves.to_state in ('put_away', 'returned', 'trashed')
        returning m.id
    $$;

-- A person presents an invitation and comes in: exactly one does, however often it is tapped. Says how it went.
create or replace function wall.accept_invitation() returns table (outcome text, box uuid)
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        asked public.invitation;
        c public.connection;
    begin
        select * into asked from invitation where secret_print = wall.secret();
        if asked.id is null or wall.me() is null then
            return query select 'gone', null::uuid;
            return;
        end if;
        -- The connection is locked first, as where it is ended; what was read before is read again.
        select * into c from connection where id = asked.connection_id for update;
        select * into asked from invitation where id = asked.id for update;
        if asked.accepted_by = wall.me() and c.state = 'active' then
            return query select 'already', asked.box_id;
        elsif exists (select from box b where b.id = asked.box_id and b.owner_id = wall.me()) then
            return query select 'own', asked.box_id;
        elsif asked.accepted_at is not null or asked.ended_at is not null or asked.expires_at <= now()
              or c.state <> 'invited' or exists (
                  select from connection other
                  where other.box_id = asked.box_id and other.person_id = wall.me() and other.state = 'blocked') then
            return query select 'gone', null::uuid;
        elsif exists (
                  select from connection other
                  where other.box_id = asked.box_id and other.person_id = wall.me() and other.state = 'active') then
            return query select 'already', asked.box_id;
        elsif c.person_id <> wall.me() then
            return query select 'other', null::uuid;
        else
            update invitation set accepted_at = now(), accepted_by = wall.me() where id = asked.id;
            update connection
                set state = 'active', person_id = wall.me(), accepted_at = now(), ended_at = null, before_end = ''
                where id = c.id;
            insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
                values (uuidv7(), c.box_id, 0, wall.me(), 'connection.accepted', c.id,
                        c.called || ' said yes and came in.', clock_timestamp(), '', '');
            return query select 'accepted', asked.box_id;
        end if;
    end
    $$;

-- An address gets one invitation a day, whoever asks: when the next may go there; null where this one goes now, which is
-- noted. Nobody who asks is told, so it says nothing of what others sent.
create or replace function wall.mail_invitation(invitation uuid, address text) returns timestamptz
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        last timestamptz;
    begin
        if wall.door() <> 'sign_in' then
            raise insufficient_privilege;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('invited ' || mail_invitation.address, 0));
        select max(i.mailed_at) into last from public.invitation i
            where i.mailed_print = mail_invitation.address and i.id <> mail_invitation.invitation;
        if last > now() - interval '1 day' then
            return last + interval '1 day';
        end if;
        update public.invitation i set mailed_print = mail_invitation.address, mailed_at = now()
            where i.id = mail_invitation.invitation;
        return null;
    end
    $$;

-- A person leaves a box: their own active connection ends, and nothing else changes. False when there is none.
create or replace function wall.leave(box uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        c public.connection;
        found_one boolean := false;
    begin
        for c in
            select * from connection k
            where k.box_id = leave.box and k.id in (select wall.my_connections()) and k.state = 'active' for update
        loop
            update connection set state = 'ended', ended_at = now(), before_end = '' where id = c.id;
            insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
                values (uuidv7(), c.box_id, 0, wall.me(), 'connection.left', c.id, c.called || ' left this box.',
                        clock_timestamp(), '', '');
            found_one := true;
        end loop;
        return found_one;
    end
    $$;

-- Whom I have stopped or blocked in the last minute, or another who decides there has: they may be put back as they were.
-- Not beside another tie of theirs in that box that lets them in or keeps them out: that came later, or says more.
create or replace function wall.may_be_put_back() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select c.id from connection c
        where c.box_id in (select wall.my_run_boxes()) and c.state in ('ended', 'blocked') and c.before_end <> ''
          and c.ended_at > now() - interval '1 minute'
          and not exists (
              select from connection other
              where other.box_id = c.box_id and other.person_id = c.person_id and other.id <> c.id
                and other.state in ('active', 'blocked'))
    $$;

-- They are put back, with the invitation that ended in the same moment. Whether anything changed.
create or replace function wall.put_back(connection uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        c public.connection;
    begin
        select * into c from public.connection k where k.id = put_back.connection for update;
        if c.id is null or c.id not in (select wall.may_be_put_back()) then
            return false;
        end if;
        update invitation i set ended_at = null
            where i.connection_id = c.id and i.ended_at = c.ended_at and i.accepted_at is null;
        update public.connection k
            set state = k.before_end, ended_at = k.ended_before, before_end = '', ended_before = null
            where k.id = c.id;
        return true;
    end
    $$;

-- C2: for 24 hours a giver corrects their own words. They need not see what became of it: the memory gets the new words
-- wherever it is, and a new title unless the young person has given it one of their own. Whether anything changed.
create or replace function wall.correct_gift(gift uuid, new_title text, new_words text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        was public.gift;
        first uuid;
    begin
        select * into was from gift g
            where g.id = correct_gift.gift and not g.sealed and g.connection_id in (select wall.my_connections())
              and g.sent_at > now() - interval '24 hours' for update;
        if was.id is null or (was.title, was.words) = (new_title, new_words) then
            return false;
        end if;
        select m.id into first from memory m
            where m.gift_id = was.id order by (m.words = was.words) desc, m.id limit 1;
        update memory m
        set words = case when m.id = first then new_words else m.words end,
            title = case when was.title <> new_title and (m.title = was.title or (m.id = first and m.title = ''))
                         then new_title else m.title end
        where m.gift_id = was.id;
        update gift g set title = new_title, words = new_words where g.id = was.id;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), c.box_id, 0, wall.me(), 'memory.corrected', first,
                   c.called || ' changed what they wrote with ‘' || new_title || '’.', clock_timestamp(), '', ''
            from connection c where c.id = was.connection_id;
        return true;
    end
    $$;

-- Mail came from someone who may not even knock. Written down for whose box it is, at most once a day for each of them:
-- they must not be able to fill the ledger. Whether it was written.
create or replace function wall.kept_out(said uuid, sentence text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    begin
        perform pg_advisory_xact_lock(hashtextextended('kept out ' || said::text, 0));
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), b.id, 0, b.owner_id, 'sender.kept_out', s.id, kept_out.sentence, clock_timestamp(), '', ''
            from mail_sender s join box b on b.id = s.box_id
            where wall.door() = 'mail' and s.id = said and s.answer = 'never' and s.ended_at is null
              and not exists (select from ledger l where l.box_id = b.id and l.subject_id = s.id
                              and l.action = 'sender.kept_out' and l.at > clock_timestamp() - interval '1 day');
        return found;
    end
    $$;

-- The day a keeper's part ends by itself: my_kept_boxes() has ended it already, worker or no worker. This writes it down,
-- once, for whose box it is. How many were written.
create or replace function wall.grow_up(sentence text) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        written integer;
    begin
        perform pg_advisory_xact_lock(hashtextextended('grow up', 0));
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), b.id, 0, b.owner_id, 'box.grown_up', b.id, grow_up.sentence, clock_timestamp(), '', ''
            from box b join box_age a on a.box_id = b.id
            where wall.door() = 'processing' and b.stage = 'kept_together' and a.adult_on <= wall.today()
              and not exists (select from ledger l where l.box_id = b.id and l.action = 'box.grown_up');
        get diagnostics written = row_count;
        return written;
    end
    $$;

-- May the browser of this sign-in be told that something is new? While it is open, and not on a device marked "not mine".
create or replace function wall.may_be_told(sign_in uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from sign_in s
            where s.id = may_be_told.sign_in and s.ended_at is null and s.expires_at > now() and not s.shared_device)
    $$;

-- A sign-in that has ended takes its subscription along.
create or replace function wall.forget_browser() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
    begin
        delete from push_subscription p where p.sign_in_id = new.id;
        return null;
    end
    $$;

-- Whom something new is for, for as long as it is new. A gift that waits, a letter, what somebody asks of a box: those who
-- run the box, a keeper as far as keepers see it (S4). What a box asks of somebody: whom it asks. Never who did it.
create or replace function wall.hears(kind text, subject uuid) returns setof uuid
    language sql stable security definer rows 2 set search_path = pg_catalog, public
    as $$
        with new as (
            select g.box_id as box, g.connection_id as by, bool_or(not m.only_me) as keepers_too
            from gift g join memory m on m.gift_id = g.id
            where hears.kind = 'arrived' and g.id = hears.subject and m.state = 'arrived'
            group by g.id
            union all
            select m.box_id, m.connection_id, not m.only_me
            from memory m
            where hears.kind = 'letter' and m.id = hears.subject and m.kind = 'letter' and m.state in ('arrived', 'kept')
            union all
            select a.box_id, a.connection_id,
                   a.gift_id is null or exists (select from memory m where m.gift_id = a.gift_id and not m.only_me
                                                and m.state in ('arrived', 'kept'))
            from ask a join connection c on c.id = a.connection_id
            where hears.kind = 'asked' and a.id = hears.subject and a.direction in ('see', 'back')
              and c.state = 'active' and not exists (select from ask_answer given where given.ask_id = a.id)
        )
        select b.owner_id from new join box b on b.id = new.box where wall.door() = 'push'
        union
        select c.person_id
        from new join box b on b.id = new.box join connection c on c.box_id = b.id
             left join box_age age on age.box_id = b.id
        where wall.door() = 'push' and new.keepers_too and b.stage = 'kept_together' and c.keeper
          and (age.adult_on is null or age.adult_on > wall.today())
          and c.id is distinct from new.by and c.person_id is not null and c.state = 'active'
          and (c.starts_on is null or c.starts_on <= wall.today()) and (c.ends_on is null or c.ends_on >= wall.today())
        union
        select c.person_id
        from ask a join connection c on c.id = a.connection_id
        where wall.door() = 'push' and hears.kind = 'asked' and a.id = hears.subject
          and a.direction = 'give' and a.closed_at is null and c.person_id is not null and c.state = 'active'
          and (c.starts_on is null or c.starts_on <= wall.today()) and (c.ends_on is null or c.ends_on >= wall.today())
    $$;
