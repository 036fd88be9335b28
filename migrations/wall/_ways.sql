-- What opens the door is changed by whoever proved a moment ago that they are its person, and by nobody who only holds
-- an open phone. All of it is decided here, by the database's own clock; a page that forgot to ask is refused.

-- Whether the one who asks has any way to come in again.
create or replace function wall.has_way() returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (select from person p where p.id = wall.me() and p.email is not null)
            or exists (select from passkey k where k.person_id = wall.me() and k.ended_at is null)
            or exists (select from external_way e where e.person_id = wall.me() and e.ended_at is null)
            or exists (select from recovery_code c
                       where c.person_id = wall.me() and c.used_at is null and c.ended_at is null)
    $$;

-- Did this browser prove within ten minutes whose it is? A passkey that checked them, a link, a printed code. Never on a
-- device marked "not mine".
create or replace function wall.proven() returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from sign_in s
            where s.id = wall.sign_in() and s.person_id = wall.me() and s.ended_at is null and s.expires_at > now()
              and not s.shared_device and s.proven_at > now() - interval '10 minutes' and s.proven_at <= now())
    $$;

-- The first way in has nothing before it that could prove anything: it is added in the sign-in that began, while there is
-- none. Whoever came back with the help of trusted people lost every other: they add one.
create or replace function wall.beginning() returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (
            select from sign_in s
            where s.id = wall.sign_in() and s.person_id = wall.me() and s.ended_at is null and s.expires_at > now()
              and not s.shared_device
              and ((s.way in ('start', 'invitation', 'demo') and not wall.has_way())
                   or (s.way = 'trusted'
                       and not exists (select from way_change w where w.person_id = s.person_id and w.at >= s.created_at))))
    $$;

-- May this browser change now what opens the door?
create or replace function wall.may_change_ways() returns boolean
    language sql stable parallel safe set search_path = pg_catalog
    as $$ select wall.proven() or wall.beginning() $$;

-- This browser has proven whose it is, by "passkey", "link", "code" or, for who has no way of their own, "provider".
create or replace function wall.prove(by text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    begin
        if prove.by = 'provider' and (
            exists (select from person p where p.id = wall.me() and p.email is not null)
            or exists (select from passkey k where k.person_id = wall.me() and k.ended_at is null)
            or exists (select from recovery_code c
                       where c.person_id = wall.me() and c.used_at is null and c.ended_at is null)) then
            return false;
        end if;
        update sign_in s set proven_at = now(), proven_by = prove.by
            where s.id = wall.sign_in() and s.person_id = wall.me() and s.ended_at is null and not s.shared_device;
        return found;
    end
    $$;

-- A change of what opens the door begins here, or not at all. What was before is kept for seven days, so that it can be
-- taken back. Whether the old address is to be told: always, when it was a link sent there that proved who asks.
create or replace function wall.change_ways(what text, change uuid, undo text, by_mail boolean) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        s public.sign_in;
    begin
        if not wall.may_change_ways() then
            raise insufficient_privilege using message = 'a way in is changed by whoever proved who they are';
        end if;
        perform pg_advisory_xact_lock(hashtextextended('ways ' || wall.me()::text, 0));
        select * into s from sign_in i where i.id = wall.sign_in();
        insert into way_change (id, person_id, what, at, sign_in_id, email_before, links_alone_before, undo_print, by_mail)
            select change, p.id, change_ways.what, now(), s.id, p.email, p.links_alone, undo,
                   p.email is not null and (change_ways.by_mail or s.proven_by is distinct from 'passkey'
                                            and s.proven_by is distinct from 'code')
            from person p where p.id = wall.me();
        update sign_in i set proven_at = now() where i.id = s.id and not wall.proven();
        return true;
    end
    $$;

-- Codes are made all at once, and every older one stops.
create or replace function wall.new_codes(prints text[]) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        update recovery_code c set ended_at = now() where c.person_id = wall.me() and c.ended_at is null;
        insert into recovery_code (id, person_id, code_print, created_at)
            select uuidv7(), wall.me(), print, now() from unnest(prints) print;
    end
    $$;

-- An address opens the door from now on. Links that are on their way to the old one open nothing, nor do other proofs.
create or replace function wall.use_email(address text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        update person p set email = use_email.address, mailbox_held_at = null where p.id = wall.me();
        update sign_in_link l set used_at = now() where l.person_id = wall.me() and l.used_at is null;
        delete from challenge c where c.person_id = wall.me() and c.purpose = 'address';
    end
    $$;

-- A passkey or an account elsewhere opens the door no more.
create or replace function wall.end_way(way uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        ended integer;
        more integer;
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        update passkey k set ended_at = now() where k.id = end_way.way and k.person_id = wall.me() and k.ended_at is null;
        get diagnostics ended = row_count;
        update external_way e set ended_at = now()
            where e.id = end_way.way and e.person_id = wall.me() and e.ended_at is null;
        get diagnostics more = row_count;
        return ended + more > 0;
    end
    $$;

-- Whether a link alone lets this person in, and whether a mailbox that was held counts again.
create or replace function wall.choose_links(alone boolean) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        update person p set links_alone = choose_links.alone, mailbox_held_at = null where p.id = wall.me();
    end
    $$;

-- What "This wasn't me" would take back now: the change that a letter's secret stands for, else the one named, for another
-- phone of the same person that was in before it. Looking takes nothing back: mail scanners look.
create or replace function wall.can_take_back(change uuid) returns table (id uuid, what text, at timestamptz, name text)
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select w.id, w.what, w.at, p.name from way_change w join person p on p.id = w.person_id
        where w.taken_back_at is null and w.at > now() - interval '7 days'
          and ((wall.secret() is not null and w.undo_print = wall.secret() and w.by_mail)
               or (wall.secret() is null and w.id = can_take_back.change and w.person_id = wall.me()
                   and exists (select from sign_in s
                               where s.id = wall.sign_in() and s.person_id = w.person_id and s.id <> w.sign_in_id
                                 and s.ended_at is null and not s.shared_device and s.created_at < w.at)))
    $$;

-- "This wasn't me." All is as it was before that change: every way in and every sign-in made since ends, and the sign-in
-- that made it. It lets nobody in. Pressed in a letter, that mailbox opens nothing either until its person says so, who
-- comes in by something older. Whose it was.
create or replace function wall.take_back(change uuid) returns uuid
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        w public.way_change;
    begin
        select c.* into w from way_change c where c.id in (select t.id from wall.can_take_back(take_back.change) t);
        if w.id is null then
            return null;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('ways ' || w.person_id::text, 0));
        update way_change c set taken_back_at = now()
            where c.person_id = w.person_id and c.at >= w.at and c.taken_back_at is null;
        if not found then
            return null;
        end if;
        update person p
            set email = case when not exists (select from person o where o.email = w.email_before and o.id <> p.id)
                             then w.email_before end,
                links_alone = w.links_alone_before,
                mailbox_held_at = case when wall.secret() is not null then now() else p.mailbox_held_at end
            where p.id = w.person_id;
        update sign_in_link l set used_at = now() where l.person_id = w.person_id and l.used_at is null;
        delete from challenge c where c.person_id = w.person_id and c.purpose = 'address';
        update sign_in s set ended_at = now()
            where s.person_id = w.person_id and s.ended_at is null and (s.created_at >= w.at or s.id = w.sign_in_id);
        update passkey k set ended_at = now()
            where k.person_id = w.person_id and k.ended_at is null and k.created_at >= w.at;
        update passkey k set ended_at = null where k.person_id = w.person_id and k.ended_at >= w.at and k.created_at < w.at;
        update external_way e set ended_at = now()
            where e.person_id = w.person_id and e.ended_at is null and e.created_at >= w.at;
        update external_way e set ended_at = null
            where e.person_id = w.person_id and e.ended_at >= w.at and e.created_at < w.at;
        update recovery_code c set ended_at = now()
            where c.person_id = w.person_id and c.ended_at is null and c.created_at >= w.at;
        update recovery_code c set ended_at = null
            where c.person_id = w.person_id and c.ended_at >= w.at and c.created_at < w.at;
        update trusted_person t set ended_at = now()
            where t.ended_at is null and t.asked_at >= w.at
              and t.box_id in (select b.id from box b where b.owner_id = w.person_id);
        update trusted_person t set ended_at = null
            where t.ended_at >= w.at and t.asked_at < w.at
              and t.box_id in (select b.id from box b where b.owner_id = w.person_id);
        return w.person_id;
    end
    $$;

-- Ways in and sign-ins are dated by this clock: what was made since a change is told by it.
create or replace function wall.by_our_clock() returns trigger
    language plpgsql set search_path = pg_catalog
    as $$
    begin
        new.created_at := now();
        return new;
    end
    $$;

-- Nobody is signed in on more than twenty devices: of twenty-one, the one that lay unused longest ends.
create or replace function wall.keep_twenty() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
    begin
        update sign_in s set ended_at = now()
            where s.id in (select o.id from sign_in o
                           where o.person_id = new.person_id and o.ended_at is null and o.expires_at > now()
                             and o.id <> new.id
                           order by o.last_seen_at desc, o.id desc offset 19);
        return null;
    end
    $$;

-- Whom a shown link lets in, while it works: it says so on the page, and whether it is enough by itself.
create or replace function wall.link_opens() returns table (person uuid, name text, alone boolean, asked text)
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select p.id, p.name, p.links_alone, l.asked_print from sign_in_link l join person p on p.id = l.person_id
        where l.token_print = wall.secret() and l.used_at is null and l.expires_at > now() and p.mailbox_held_at is null
    $$;

-- Whoever runs a box themselves from now on, or hands it over, proved a moment ago who they are.
create or replace function wall.hands_over() returns trigger
    language plpgsql set search_path = pg_catalog
    as $$
    begin
        if wall.me() is not null and not wall.proven() then
            raise insufficient_privilege using message = 'a box is handed over by whoever proved who they are';
        end if;
        return new;
    end
    $$;
