-- The way back in for someone who lost every other: two of their three trusted people say that it is really them, everyone
-- is told, and the wait passes with nobody saying stop. All of it is decided here, by the database's own clock: no process
-- that is late, stopped or asked too much makes it happen sooner.

-- The boxes whose owner I help, as one of their trusted people. It opens nothing in them.
create or replace function wall.my_helped_boxes() returns setof uuid
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select box_id from trusted_person
        where connection_id in (select wall.my_connections()) and answer = 'yes' and ended_at is null
    $$;

-- Those who count today among the trusted people of a box: chosen, said yes, let in. Called by what looks past the wall;
-- to others it tells no more than they may see.
create or replace function wall.trusted_today(box uuid) returns table (trusted uuid, person uuid, called text)
    language sql stable parallel safe rows 3 set search_path = pg_catalog, public
    as $$
        select t.id, c.person_id, c.called
        from trusted_person t join connection c on c.id = t.connection_id and c.box_id = t.box_id
        where t.box_id = trusted_today.box and t.answer = 'yes' and t.ended_at is null
          and c.state = 'active' and c.person_id is not null
          and (c.starts_on is null or c.starts_on <= wall.today())
          and (c.ends_on is null or c.ends_on >= wall.today())
    $$;

-- Whose yes to this recovery counts today: each person once, whatever they said before the owner last said stop left out. A
-- yes dies with its withdrawal: who said no to helping, or was not let in for a while, has to type the code again.
create or replace function wall.yeses(asked uuid, box uuid) returns setof uuid
    language sql stable parallel safe rows 3 set search_path = pg_catalog, public
    as $$
        select distinct t.person from recovery_yes y join wall.trusted_today(yeses.box) t on t.trusted = y.trusted_id
             join trusted_person p on p.id = y.trusted_id
             join connection c on c.id = p.connection_id
        where y.recovery_id = yeses.asked and y.box_id = yeses.box
          and y.at >= p.answered_at and (c.accepted_at is null or y.at >= c.accepted_at)
          and not exists (select from recovery r where r.box_id = yeses.box and r.stopped_at >= y.at)
    $$;

-- Everyone to tell of it: the owner, and the trusted people of the box.
create or replace function wall.concerned(box uuid) returns uuid[]
    language sql stable parallel safe set search_path = pg_catalog, public
    as $$
        select array(select b.owner_id from box b where b.id = concerned.box
                     union select t.person from wall.trusted_today(concerned.box) t)
    $$;

-- The owner, who proved a moment ago who they are, asks someone who is let in to be one of their three. Says how it went: asked, already, full or cannot.
create or replace function wall.trust(connection uuid) returns table (said text, whom uuid)
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        c public.connection;
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        select * into c from connection k
            where k.id = trust.connection and k.box_id in (select wall.my_boxes()) and k.state = 'active'
              and k.person_id <> wall.me()
              and (k.starts_on is null or k.starts_on <= wall.today())
              and (k.ends_on is null or k.ends_on >= wall.today());
        if c.id is null then
            return query select 'cannot', null::uuid;
            return;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('trusted ' || c.box_id::text, 0));
        if exists (select from trusted_person t
                   where t.connection_id = c.id and t.ended_at is null and t.answer is distinct from 'no') then
            return query select 'already', c.person_id;
        elsif (select count(*) from trusted_person t
               where t.box_id = c.box_id and t.ended_at is null and t.answer is distinct from 'no') >= 3 then
            return query select 'full', null::uuid;
        else
            update trusted_person t set ended_at = now() where t.connection_id = c.id and t.ended_at is null;
            insert into trusted_person (id, box_id, connection_id, asked_at) values (uuidv7(), c.box_id, c.id, now());
            insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
                values (uuidv7(), c.box_id, 0, wall.me(), 'trusted.asked', c.id,
                        'You asked ' || c.called || ' to help you back in, if you ever need it.',
                        clock_timestamp(), '', '');
            return query select 'asked', c.person_id;
        end if;
    end
    $$;

-- Whoever was asked says yes or no, and may say the other later. Says how it went: told, full or gone.
create or replace function wall.answer_trust(trusted uuid, yes boolean) returns text
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        t public.trusted_person;
        saying text := case when yes then 'yes' else 'no' end;
    begin
        select * into t from trusted_person p
            where p.id = answer_trust.trusted and p.connection_id in (select wall.my_connections())
              and p.ended_at is null;
        if t.id is null then
            return 'gone';
        end if;
        perform pg_advisory_xact_lock(hashtextextended('trusted ' || t.box_id::text, 0));
        select * into t from trusted_person p where p.id = t.id and p.ended_at is null for update;
        if t.id is null then
            return 'gone';
        elsif t.answer = saying then
            return 'told';
        elsif yes and (select count(*) from trusted_person p
                       where p.box_id = t.box_id and p.id <> t.id and p.ended_at is null
                         and p.answer is distinct from 'no') >= 3 then
            return 'full';
        end if;
        update trusted_person p set answer = saying, answered_at = now() where p.id = t.id;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), c.box_id, 0, wall.me(), 'trusted.answered', c.id,
                   c.called || ' said ' || saying || ' to helping you back in.', clock_timestamp(), '', ''
            from connection c where c.id = t.connection_id;
        return 'told';
    end
    $$;

-- The owner does not want somebody as a trusted person any more. Whether there was one.
create or replace function wall.end_trust(trusted uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        t public.trusted_person;
    begin
        if not wall.proven() then
            raise insufficient_privilege;
        end if;
        update trusted_person p set ended_at = now()
            where p.id = end_trust.trusted and p.box_id in (select wall.my_boxes()) and p.ended_at is null
            returning * into t;
        if t.id is null then
            return false;
        end if;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), c.box_id, 0, wall.me(), 'trusted.ended', c.id,
                   'You stopped ' || c.called || ' helping you back in.', clock_timestamp(), '', ''
            from connection c where c.id = t.connection_id;
        return true;
    end
    $$;

-- A device that nobody is signed in on begins. It shows the print of a secret that it keeps; nobody says who they are.
create or replace function wall.ask_for_help(recovery uuid, code text, stop text) returns void
    language sql volatile security definer set search_path = pg_catalog, public
    as $$
        insert into recovery (id, device_print, code_print, stop_print, asked_at, expires_at)
            select ask_for_help.recovery, wall.secret(), code, stop, now(), now() + interval '3 days'
            where wall.secret() is not null and wall.door() = 'web'
    $$;

-- One of the trusted people says that it is really them. Says how it went: said, begun (with the second yes), wrong (no
-- such code), paused (the owner said stop less than a day ago) or gone (not one of the trusted people). The wait is never
-- shorter than a day, whoever asks.
create or replace function wall.say_yes(trusted uuid, code text, hours integer)
    returns table (said text, people uuid[], ready timestamptz, asked uuid)
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        t public.trusted_person;
        r public.recovery;
        before integer;
    begin
        select * into t from trusted_person p
            where p.id = say_yes.trusted and p.connection_id in (select wall.my_connections())
              and p.answer = 'yes' and p.ended_at is null;
        if t.id is null then
            return query select 'gone', null::uuid[], null::timestamptz, null::uuid;
            return;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('recovery ' || t.box_id::text, 0));
        select * into r from recovery q where q.code_print = say_yes.code for update;
        if r.id is null or r.expires_at <= now() or r.stopped_at is not null or r.used_at is not null
              or r.box_id <> t.box_id
              or exists (select from recovery_yes y where y.recovery_id = r.id and y.box_id <> t.box_id) then
            return query select 'wrong', null::uuid[], null::timestamptz, null::uuid;
            return;
        end if;
        if exists (select from recovery q
                   where q.box_id = t.box_id and q.stopped_at > clock_timestamp() - interval '1 day') then
            return query select 'paused', null::uuid[], null::timestamptz, null::uuid;
            return;
        end if;
        before := (select count(*) from wall.yeses(r.id, t.box_id));
        insert into recovery_yes (id, recovery_id, box_id, trusted_id, at)
            values (uuidv7(), r.id, t.box_id, t.id, clock_timestamp())
            on conflict (recovery_id, trusted_id) do update set at = excluded.at;
        if before >= 2 or (select count(*) from wall.yeses(r.id, t.box_id)) < 2 then
            return query select 'said', null::uuid[], null::timestamptz, null::uuid;
            return;
        end if;
        ready := clock_timestamp() + make_interval(hours => greatest(say_yes.hours, 24));
        update recovery q
            set box_id = t.box_id, begun_at = coalesce(q.begun_at, clock_timestamp()), ready_at = say_yes.ready,
                expires_at = say_yes.ready + interval '7 days'
            where q.id = r.id;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), b.id, 0, b.owner_id, 'recovery.begun', null,
                   wall.said_yes(r.id, b.id) || ' said that you lost your way in. The wait began.',
                   clock_timestamp(), '', ''
            from box b where b.id = t.box_id;
        return query select 'begun', wall.concerned(t.box_id), say_yes.ready, r.id;
    end
    $$;

-- Their names, for the ledger.
create or replace function wall.said_yes(asked uuid, box uuid) returns text
    language sql stable parallel safe set search_path = pg_catalog, public
    as $$
        select string_agg(t.called, ' and ' order by t.called) from wall.trusted_today(said_yes.box) t
        where t.person in (select wall.yeses(said_yes.asked, said_yes.box))
    $$;

-- How it stands, for the device that began: asked, waiting (until when), ready, stopped, used or gone.
create or replace function wall.help_stands() returns table (said text, ready timestamptz)
    language sql stable parallel safe security definer rows 1 set search_path = pg_catalog, public
    as $$
        select case when q.used_at is not null then 'used'
                    when q.stopped_at is not null then 'stopped'
                    when q.expires_at <= now() then 'gone'
                    when q.box_id is null or (select count(*) from wall.yeses(q.id, q.box_id)) < 2 then 'asked'
                    when q.ready_at > now() then 'waiting'
                    else 'ready' end,
               q.ready_at
        from recovery q where q.device_print = wall.secret()
    $$;

-- The wait is over, and the device that began comes in: whose it is, once. No row for any other.
create or replace function wall.come_back() returns table (person uuid, people uuid[], asked uuid)
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        r public.recovery;
    begin
        select * into r from recovery q where q.device_print = wall.secret() and q.box_id is not null;
        if r.id is null then
            return;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('recovery ' || r.box_id::text, 0));
        if not exists (select from wall.help_stands() h where h.said = 'ready') then
            return;
        end if;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), b.id, 0, b.owner_id, 'recovery.used', null,
                   'You came back in. ' || wall.said_yes(r.id, b.id) || ' helped.', clock_timestamp(), '', ''
            from box b where b.id = r.box_id;
        update recovery q set used_at = clock_timestamp(), expires_at = clock_timestamp() + interval '3 days'
            where q.id = r.id;
        return query select b.owner_id, wall.concerned(b.id), r.id from box b where b.id = r.box_id;
    end
    $$;

-- "That wasn't me. Stop it.": the signed-in owner, or whoever shows the secret in the owner's mail. It ends all that is under
-- way for the box, and for a day no yes is taken. No row when nothing was.
create or replace function wall.stop_recovery() returns table (owner uuid, people uuid[], asked uuid)
    language plpgsql volatile security definer set search_path = pg_catalog, public
    as $$
    declare
        whose uuid;
        stopped uuid;
    begin
        if wall.secret() is not null then
            select q.box_id into whose from recovery q where q.stop_print = wall.secret();
        else
            select b into whose from wall.my_boxes() b;
        end if;
        if whose is null then
            return;
        end if;
        perform pg_advisory_xact_lock(hashtextextended('recovery ' || whose::text, 0));
        update recovery q set stopped_at = clock_timestamp()
            where q.box_id = whose and q.stopped_at is null and q.used_at is null and q.expires_at > now();
        if not found then
            return;
        end if;
        select q.id into stopped from recovery q where q.box_id = whose order by q.stopped_at desc nulls last limit 1;
        insert into ledger (id, box_id, number, person_id, action, subject_id, sentence, at, previous, hash)
            select uuidv7(), b.id, 0, b.owner_id, 'recovery.stopped', null,
                   'You said that it wasn’t you, and stopped it. For a day nobody can begin again.',
                   clock_timestamp(), '', ''
            from box b where b.id = whose;
        return query select b.owner_id, wall.concerned(whose), stopped from box b where b.id = whose;
    end
    $$;

-- What a link to stop would stop: whether it would still stop anything. Looking stops nothing: mail scanners look.
create or replace function wall.can_stop() returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, public
    as $$
        select exists (select from recovery q where q.stop_print = wall.secret() and q.box_id is not null
                       and q.stopped_at is null and q.used_at is null and q.expires_at > now())
    $$;
