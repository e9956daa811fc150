// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {Unstake} from "../../src/IStaking.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Sig} from "../../src/Signed.sol";
import {Staking} from "../../src/Staking.sol";

/// @notice A staking contract and one account with PRIV.
abstract contract StakingBase is Base {
    uint256 internal constant ALICE_KEY = 6;
    bytes32 internal constant SALT = keccak256("salt");

    address internal alice = vm.addr(ALICE_KEY);

    PrivToken internal token;
    Staking internal staking;

    function setUp() public virtual {
        vm.warp(START);
        token = new PrivToken(alice, 1_000e18);
        staking = new Staking(token);
    }

    function stake(uint256 amount, bytes32 salt) internal {
        uint256 before = START + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) =
            authorization(token, ALICE_KEY, address(staking), amount, before, nonceOf(amount, before, salt));
        staking.stakeWithAuthorization(alice, amount, before, salt, v, r, s);
    }

    function nonceOf(uint256 amount, uint256 validBefore, bytes32 salt) internal view returns (bytes32) {
        bytes32 typehash = keccak256("Stake(address account,uint256 amount,uint256 validBefore,bytes32 salt)");
        bytes32 hash = keccak256(abi.encode(typehash, alice, amount, validBefore, salt));
        return typed(separator("privd Staking", address(staking)), hash);
    }

    function request(uint256 amount, uint256 nonce, uint256 key)
        internal
        view
        returns (Unstake memory u, Sig memory sig)
    {
        u = Unstake(alice, amount, nonce);
        bytes32 typehash = keccak256("Unstake(address account,uint256 amount,uint256 nonce)");
        sig = sign(key, typed(separator("privd Staking", address(staking)), keccak256(abi.encode(typehash, u))));
    }

    function unstake(uint256 amount) internal {
        (Unstake memory u, Sig memory sig) = request(amount, staking.nonces(alice), ALICE_KEY);
        staking.requestUnstake(u, sig);
    }
}
